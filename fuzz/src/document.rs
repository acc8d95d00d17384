//! Software bills of materials.

use sbom::Bom;

/// A document of any format.
pub fn any(input: &[u8]) {
    if let Ok(bom) = sbom::parse_any(input) {
        walk(&bom);
    }
}

/// A CycloneDX document, JSON or XML: what the schema accepts is read as without the schema.
pub fn cyclonedx(input: &[u8]) {
    let unvalidated = sbom::parse_unvalidated(input);
    if let Ok(bom) = &unvalidated {
        walk(bom);
    }
    if let Ok(bom) = sbom::parse(input) {
        assert_eq!(Some(&bom), unvalidated.as_ref().ok());
    }
}

fn walk(bom: &Bom) {
    let inventory = bom.inventory();
    for flat in &inventory.components {
        let _ = flat.component.package_type_hint();
    }
    let _ = bom.graph();
}
