//! The same document in several formats gives the same model.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

use sbom::{
    AffectedStatus, AffectedVersions, Bom, BomLink, Classifier, Component, Format, HashAlgorithm,
    ImpactJustification, ImpactResponse, ImpactState, LicenceChoice, Property, Severity, SpecVersion, Target,
};

const SHOP: &[u8] = include_bytes!("data/shop.cdx.json");
const SHOP_XML: &[u8] = include_bytes!("data/shop.cdx.xml");
const ADVICE: &[u8] = include_bytes!("data/advice.vex.json");
const ADVICE_XML: &[u8] = include_bytes!("data/advice.vex.xml");
const KIOSK: &[u8] = include_bytes!("data/kiosk.spdx.json");
const KIOSK_TAGS: &[u8] = include_bytes!("data/kiosk.spdx");
const KIOSK_3: &[u8] = include_bytes!("data/kiosk.spdx3.json");

#[test]
fn cyclonedx_is_the_same_in_json_and_xml() {
    assert_eq!(sbom::parse(SHOP).unwrap(), sbom::parse(SHOP_XML).unwrap());
    assert_eq!(sbom::parse(ADVICE).unwrap(), sbom::parse(ADVICE_XML).unwrap());
    for bytes in [SHOP, SHOP_XML, ADVICE, ADVICE_XML] {
        let bom = sbom::parse(bytes).unwrap();
        assert_eq!(bom, sbom::parse_unvalidated(bytes).unwrap());
        assert_eq!(bom, sbom::parse_any(bytes).unwrap());
    }
}

#[test]
fn the_oldest_xml_is_read() {
    let bom = sbom::parse(
        br#"<?xml version="1.0"?>
        <bom xmlns="http://cyclonedx.org/schema/bom/1.0" version="1">
          <components>
            <component type="library">
              <publisher>Shop</publisher>
              <name>a</name>
              <version>1</version>
              <licenses><license><id>MIT</id></license></licenses>
              <modified>false</modified>
            </component>
          </components>
        </bom>"#,
    )
    .unwrap();
    assert_eq!(bom.format, Format::CycloneDx(SpecVersion::V1_0));
    assert_eq!(bom.components[0].publisher.as_deref(), Some("Shop"));
    assert_eq!(bom.components[0].resolve_licence(|_| false).licence.unwrap().id, "MIT");
    // Elements with a prefix.
    let bom = sbom::parse(
        br#"<a:bom xmlns:a="http://cyclonedx.org/schema/bom/1.1" version="1">
          <a:components>
            <a:component type="library">
              <a:name>a</a:name><a:version>1</a:version>
              <a:licenses>
                <a:license><a:name>House rules</a:name><a:text>Be nice</a:text></a:license>
              </a:licenses>
            </a:component>
          </a:components>
        </a:bom>"#,
    )
    .unwrap();
    assert_eq!(bom.format, Format::CycloneDx(SpecVersion::V1_1));
    let licence = LicenceChoice::Named {
        id: None,
        name: Some("House rules".into()),
        text: Some("Be nice".into()),
        url: None,
    };
    assert_eq!(bom.components[0].licences, [licence]);
}

#[test]
fn xml_is_read_in_the_encoding_that_it_declares() {
    let text = |encoding: &str| {
        format!(
            "<?xml version='1.0' encoding='{encoding}'?><bom xmlns='http://cyclonedx.org/schema/bom/1.4'>\
             <components><component type='library'><name>größe</name></component></components></bom>"
        )
    };
    let latin: Vec<u8> = text("ISO-8859-1").chars().map(|it| u8::try_from(u32::from(it)).unwrap()).collect();
    let wide: Vec<u8> = text("UTF-16").encode_utf16().flat_map(u16::to_be_bytes).collect();
    let marked = [b"\xFE\xFF", wide.as_slice()].concat();
    let utf8 = [b"\xEF\xBB\xBF", text("utf-8").as_bytes()].concat();
    for bytes in [latin, wide, marked, utf8] {
        assert_eq!(sbom::parse(&bytes).unwrap().components[0].name, "größe");
    }
}

#[test]
fn vulnerabilities_are_in_the_model() {
    let bom = sbom::parse(ADVICE).unwrap();
    assert!(bom.components.is_empty());
    let found = &bom.vulnerabilities[0];
    assert_eq!((found.bom_ref.as_deref(), found.id.as_deref()), (Some("first"), Some("CVE-2026-0001")));
    assert_eq!(found.source.as_ref().unwrap().name.as_deref(), Some("NVD"));
    assert_eq!(found.references[0].id.as_deref(), Some("GHSA-aaaa-bbbb-cccc"));
    assert_eq!(found.references[0].source.as_ref().unwrap().name.as_deref(), Some("GitHub"));
    let rating = &found.ratings[0];
    assert_eq!((rating.score, rating.severity), (Some(9.8), Some(Severity::Critical)));
    assert_eq!(rating.method.as_deref(), Some("CVSSv31"));
    assert!(rating.vector.as_deref().unwrap().starts_with("CVSS:3.1/"));
    assert_eq!(found.cwes, [79, 502]);
    assert_eq!(found.advisories[0].title.as_deref(), Some("Shop 1"));
    assert_eq!(found.rejected.as_deref(), Some("2026-01-04T00:00:00Z"));
    let analysis = found.analysis.as_ref().unwrap();
    assert_eq!(analysis.state, Some(ImpactState::NotAffected));
    assert_eq!(analysis.justification, Some(ImpactJustification::CodeNotReachable));
    assert_eq!(analysis.responses, [ImpactResponse::WillNotFix, ImpactResponse::Update]);
    assert_eq!(analysis.first_issued.as_deref(), Some("2026-01-05T00:00:00Z"));
    let versions: Vec<_> = found.affects[0].versions.iter().map(|it| (&it.which, it.status)).collect();
    assert_eq!(
        versions,
        [
            (&AffectedVersions::One("4.2.0".into()), AffectedStatus::Affected),
            (&AffectedVersions::Range("vers:npm/>=4.3.0|<5.0.0".into()), AffectedStatus::Unaffected),
            (&AffectedVersions::One("5.0.0".into()), AffectedStatus::Affected),
        ]
    );
    assert_eq!(found.properties[0].value.as_deref(), Some("red"));
}

#[test]
fn what_is_affected_is_found_in_the_document_or_elsewhere() {
    let bom = sbom::parse(SHOP).unwrap();
    let index = bom.ref_index();
    let name = |reference: &str| match index.resolve(reference) {
        Target::Component(component) => component.name.clone(),
        Target::Service(service) => format!("service {}", service.name),
        Target::Link(link) => format!("{} {} {:?}", link.serial, link.version, link.bom_ref),
        Target::Nowhere => "nowhere".to_owned(),
    };
    assert_eq!(name("leaf"), "leaf.js");
    assert_eq!(name("shop"), "shop");
    assert_eq!(name("shop-bin"), "shop.bin");
    assert_eq!(name("ledger"), "service ledger");
    assert_eq!(name("ghost"), "nowhere");
    // To this very document; to another revision of it.
    assert_eq!(name("urn:cdx:6FF1B2A4-0a53-4f5c-9c1e-3f0d7a6b9e21/3#leaf"), "leaf.js");
    assert_eq!(name("urn:cdx:6ff1b2a4-0a53-4f5c-9c1e-3f0d7a6b9e21/3#ghost"), "nowhere");
    assert_eq!(
        name("urn:cdx:6ff1b2a4-0a53-4f5c-9c1e-3f0d7a6b9e21/2#leaf"),
        "6ff1b2a4-0a53-4f5c-9c1e-3f0d7a6b9e21 2 Some(\"leaf\")"
    );
    let advice = sbom::parse(ADVICE).unwrap();
    let link = BomLink::parse(&advice.vulnerabilities[0].affects[0].reference).unwrap();
    assert_eq!(link.bom_ref.as_deref(), Some("pkg:npm/web"));
    assert_eq!(link.version, 3);
    let link = BomLink::parse("urn:cdx:6ff1b2a4-0a53-4f5c-9c1e-3f0d7a6b9e21/3#100%").unwrap();
    assert_eq!(link.bom_ref.as_deref(), Some("100%"));
    for text in ["", "urn:cdx:", "urn:cdx:1/1", "urn:cdx:6ff1b2a4-0a53-4f5c-9c1e-3f0d7a6b9e21", "leaf"] {
        assert_eq!(BomLink::parse(text), None, "{text}");
    }
}

#[test]
fn spdx_is_the_same_in_json_and_tag_value() {
    let bom = sbom::parse_any(KIOSK).unwrap();
    assert_eq!(bom, sbom::parse_any(KIOSK_TAGS).unwrap());
    // As GitHub exports it.
    let wrapped = [b"{\"sbom\":", KIOSK, b"}"].concat();
    assert_eq!(bom, sbom::parse_any(&wrapped).unwrap());
    assert_eq!(bom.format.to_string(), "SPDX 2.3");
    assert_eq!((bom.format.name(), bom.format.version()), ("SPDX", "2.3"));
    assert_eq!(bom.serial_number.as_deref(), Some("https://kiosk.example/spdx/1"));
    let metadata = &bom.metadata;
    assert_eq!(metadata.timestamp.as_deref(), Some("2026-02-03T04:05:06Z"));
    assert_eq!(metadata.tools[0].name.as_deref(), Some("maker"));
    assert_eq!(metadata.tools[0].version.as_deref(), Some("1.2.0"));
    assert_eq!(metadata.authors[0].name.as_deref(), Some("Kiosk Inc"));
    assert_eq!(metadata.authors[1].email.as_deref(), Some("ada@example.org"));
    let kiosk = metadata.component.as_ref().unwrap();
    assert_eq!((kiosk.name.as_str(), kiosk.classifier), ("kiosk", Some(Classifier::Application)));

    assert_eq!(bom.components.len(), 2);
    let web = &bom.components[0];
    assert_eq!(web.purl.as_ref().unwrap().canonical, "pkg:npm/web@4.2.0");
    assert_eq!(web.cpe.as_deref(), Some("cpe:2.3:a:mall:web:4.2.0:*:*:*:*:*:*:*"));
    assert_eq!(web.version.as_deref(), Some("4.2.0"));
    assert_eq!(web.description.as_deref(), Some("Pages"));
    assert_eq!(web.copyright.as_deref(), Some("(c) Mall"));
    let supplier = web.supplier.as_ref().unwrap();
    assert_eq!(supplier.name.as_deref(), Some("Mall"));
    assert_eq!(supplier.contacts[0].email.as_deref(), Some("sales@mall.example"));
    assert_eq!(web.manufacturer.as_ref().unwrap().name.as_deref(), Some("Bob"));
    assert_eq!(web.hashes[0].algorithm, Some(HashAlgorithm::Sha1));
    assert_eq!(
        web.licences,
        [
            LicenceChoice::Expression("MIT".into()),
            LicenceChoice::Named {
                id: None,
                name: Some("Rules of the mall".into()),
                text: Some("No running.\nNo shouting.".into()),
                url: None
            }
        ]
    );
    assert_eq!(web.resolve_licence(|_| false).licence.unwrap().id, "MIT");
    let kinds: Vec<_> = web.external_references.iter().map(|it| it.kind.as_str()).collect();
    assert_eq!(kinds, ["website", "distribution"]);
    let os = &bom.components[1];
    assert_eq!(os.classifier, Some(Classifier::OperatingSystem));
    assert!(os.licences.is_empty() && os.copyright.is_none() && os.external_references.is_empty());
    kiosk_graph(&bom, "SPDXRef-");
}

fn kiosk_graph(bom: &Bom, prefix: &str) {
    let graph = bom.graph();
    let id = |name: &str| format!("{prefix}{name}");
    assert_eq!(graph.root, Some(id("kiosk").as_str()));
    assert_eq!(graph.direct(&id("kiosk"))[0], id("web"));
    assert_eq!(graph.direct(&id("web")), [id("os")]);
    // Files are not in the graph, and nothing else leads nowhere.
    assert_eq!(graph.dangling, 0);
}

#[test]
fn spdx_3_is_read_into_the_same_model() {
    let bom = sbom::parse_any(KIOSK_3).unwrap();
    assert_eq!(bom.format.to_string(), "SPDX 3.0");
    assert_eq!(bom.metadata.component.as_ref().unwrap().name, "kiosk");
    assert_eq!(bom.metadata.tools[0].name.as_deref(), Some("maker"));
    assert_eq!(bom.metadata.authors.len(), 2);
    assert_eq!(bom.components.len(), 2);
    let spdx2 = sbom::parse_any(KIOSK).unwrap();
    let (new, old) = (&bom.components[0], &spdx2.components[0]);
    assert_eq!((&new.purl, &new.cpe, &new.hashes), (&old.purl, &old.cpe, &old.hashes));
    assert_eq!(new.licences, [LicenceChoice::Expression("MIT".into())]);
    assert_eq!(new.supplier.as_ref().unwrap().name.as_deref(), Some("Mall"));
    assert_eq!(bom.components[1].classifier, Some(Classifier::OperatingSystem));
    kiosk_graph(&bom, "https://kiosk.example/");
}

#[test]
fn a_document_about_a_single_package_has_it_as_component_too() {
    let text = "SPDXVersion: SPDX-2.1\nPackageName: a\nSPDXID: SPDXRef-a\n\
                Relationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-a\n";
    let bom = sbom::parse_any(text.as_bytes()).unwrap();
    assert_eq!(bom.metadata.component.as_ref().unwrap().name, "a");
    assert_eq!(bom.components[0].name, "a");
    // Of several, none is what the document is about.
    let text = format!(
        "{text}PackageName: b\nSPDXID: SPDXRef-b\nRelationship: SPDXRef-b DESCRIBED_BY SPDXRef-DOCUMENT\n"
    );
    let bom = sbom::parse_any(text.as_bytes()).unwrap();
    assert_eq!(bom.metadata.component, None);
    assert_eq!(bom.components.len(), 2);
}

#[test]
fn the_kind_of_package_is_taken_from_what_tools_write() {
    let hint = |properties: &[(&str, &str)]| {
        let property =
            |(name, value): &(&str, &str)| Property { name: (*name).into(), value: Some((*value).into()) };
        let properties = properties.iter().map(property).collect();
        Component { properties, ..Component::default() }.package_type_hint().map(str::to_owned)
    };
    let syft = ("syft:package:type", "deb");
    assert_eq!(hint(&[("cdx:npm:path", "x"), syft]).as_deref(), Some("deb"));
    assert_eq!(hint(&[("aquasecurity:trivy:PkgType", "jar")]).as_deref(), Some("jar"));
    assert_eq!(hint(&[("aquasecurity:trivy:Type", "debian")]).as_deref(), Some("debian"));
    assert_eq!(hint(&[("cdx:npm:path", "x")]).as_deref(), Some("npm"));
    assert_eq!(hint(&[("cdx:device:quantity", "1"), ("plain", "x"), ("syft:package:type", " ")]), None);
}
