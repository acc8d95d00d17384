//! What is refused of XML, SPDX and everything else, and that nothing falls over.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

use std::fmt::Write as _;

use sbom::Error;

const NAMESPACE: &str = "http://cyclonedx.org/schema/bom/1.5";

fn refusal(text: impl AsRef<[u8]>) -> Error {
    let error = sbom::parse(text.as_ref()).unwrap_err();
    // Validation finds nothing that reading does not find before.
    if !matches!(error, Error::Invalid { .. }) {
        assert_eq!(sbom::parse_unvalidated(text.as_ref()).unwrap_err(), error);
    }
    error
}

fn bom(content: &str) -> String {
    format!("<bom xmlns=\"{NAMESPACE}\">{content}</bom>")
}

#[test]
fn broken_xml_is_neither_json_nor_xml() {
    let whole = bom("<components><component type=\"library\"><name>a</name></component></components>");
    assert!(sbom::parse(whole.as_bytes()).is_ok());
    for (text, words) in [
        ("<", "line 1 column"),
        ("<!-- nothing -->", "no element"),
        (&whole[..whole.len() - 30], "line 1 column"),
        (&whole[..whole.len() - 6], "ends inside of <bom>"),
        (&whole.replace("</name>", "</nome>"), "name"),
        (&format!("{whole}{whole}"), "a second element"),
        (&whole.replace(">a<", ">&a;<"), "not defined"),
        (&whole.replace("\"library\"", "\"&a;\""), "line 1"),
        (&whole.replace("<bom", "<?xml version='1.0' encoding='utf-7'?><bom"), "utf-7 is not supported"),
    ] {
        let error = refusal(text);
        assert!(matches!(error, Error::NotXml { .. }), "{text}: {error:?}");
        assert_eq!(error.detail(), "BOM is neither valid JSON nor XML");
        assert!(error.to_string().contains(words), "{text}: {error}");
    }
    assert!(matches!(refusal(b"<bom xmlns='x' a='\xFF'/>"), Error::NotXml { .. }));
    // Half a character of UTF-16.
    assert_eq!(refusal(b"\xFF\xFE<\0b").detail(), "BOM is neither valid JSON nor XML");
    for end in 0..whole.len() {
        assert!(sbom::parse_any(&whole.as_bytes()[..end]).is_err());
    }
}

#[test]
fn document_types_are_refused_so_nothing_can_grow() {
    let mut laughs = String::from("<!DOCTYPE bom [<!ENTITY a0 \"ha\">");
    for at in 1..20 {
        write!(laughs, "<!ENTITY a{at} \"{}\">", format!("&a{};", at - 1).repeat(10)).unwrap();
    }
    let text = format!("{laughs}]>{}", bom("&a19;"));
    assert!(refusal(text).to_string().contains("document type"));
    let text = format!("<!DOCTYPE bom SYSTEM \"file:///etc/passwd\">{}", bom(""));
    assert!(refusal(text).to_string().contains("document type"));
}

#[test]
fn deep_xml_is_read_to_the_limit_and_refused_beyond() {
    let nested = |levels: usize| {
        let start = "<components><component type=\"library\"><name>a</name>".repeat(levels);
        bom(&format!("{start}{}", "</component></components>".repeat(levels)))
    };
    // The root, two for each component, and the name of the innermost.
    let levels = (sbom::MAX_DEPTH - 2) / 2;
    assert_eq!(sbom::parse(nested(levels).as_bytes()).unwrap().flatten().len(), levels);
    assert!(matches!(refusal(nested(levels + 1)), Error::TooDeep { line: 1, .. }));
    // A million elements, looked into or not: neither a crash nor a long wait.
    for element in ["<components>", "<pedigree>", "<x:a xmlns:x='y'>"] {
        let error = refusal(format!("<bom xmlns=\"{NAMESPACE}\">\n{}", element.repeat(1_000_000)));
        assert!(matches!(error, Error::TooDeep { line: 2, .. }), "{error}");
    }
}

#[test]
fn elements_with_very_many_attributes_are_refused() {
    let attributes = |name: &str, count: usize| {
        let mut text = String::new();
        for at in 0..count {
            write!(text, " {name}{at}=\"\"").unwrap();
        }
        format!("<bom xmlns=\"{NAMESPACE}\"{text}/>")
    };
    for name in ["a", "xmlns:a"] {
        let error = refusal(attributes(name, 100_000));
        assert!(matches!(error, Error::NotXml { .. }), "{error:?}");
        assert!(error.to_string().len() < 300);
    }
}

#[test]
fn the_version_of_xml_is_its_namespace() {
    let detail = |text: &str| refusal(text).detail();
    assert_eq!(
        detail("<bom xmlns=\"http://cyclonedx.org/schema/bom/1.8\"/>"),
        "Unable to determine schema version from XML namespaces [http://cyclonedx.org/schema/bom/1.8]"
    );
    assert_eq!(detail("<bom/>"), "Unable to determine schema version from XML namespaces []");
    assert_eq!(detail("<project/>"), "Unable to determine schema version from XML");
    let long = format!("<{0} xmlns=\"{0}\"/>", "x".repeat(100_000));
    assert!(refusal(&long).to_string().len() < 1000);
}

#[test]
fn each_broken_rule_of_xml_is_told_with_its_place() {
    let errors = |content: &str| refusal(bom(content)).errors().to_vec();
    let component = |attributes: &str, content: &str| {
        errors(&format!("<components><component {attributes}>{content}</component></components>"))
    };
    let lines = component("type=\"thing\"", "<name>a</name>");
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].starts_with("cvc-enumeration-valid: "), "{lines:?}");
    assert!(lines[0].ends_with("(/bom/components[1]/component[1]/@type)"), "{lines:?}");
    let lines = component("type=\"library\"", "<version>1</version>");
    assert!(lines[0].starts_with("cvc-complex-type.2.4"), "{lines:?}");
    assert!(!component("type=\"library\"", "<name>a</name><colour>red</colour>").is_empty());
    assert!(!component("", "<name>a</name>").is_empty());
    // Many problems, and long texts.
    let long = "x".repeat(100_000);
    let many = format!("<component type=\"{long}\"><name>a</name></component>").repeat(300);
    let lines = errors(&format!("<components>{many}</components>"));
    assert_eq!(lines.len(), sbom::MAX_ERRORS + 1);
    assert!(lines.iter().all(|line| line.len() < 2000));
}

#[test]
fn what_breaks_the_schema_is_read_without_validation() {
    let text = bom("<components><component type=\"thing\"><name/><version>5</version><hashes>none</hashes>\
         <licenses><expression id=\"1\"/><license>MIT</license></licenses></component><thing/></components>\
         <dependencies><dependency/></dependencies><metadata>1</metadata><services><service/></services>");
    assert!(sbom::parse(text.as_bytes()).is_err());
    let bom = sbom::parse_unvalidated(text.as_bytes()).unwrap();
    assert_eq!(bom.version, 1);
    assert!(bom.dependencies.is_empty());
    assert_eq!(bom, sbom::parse_any(text.as_bytes()).unwrap());
}

#[test]
fn a_document_in_another_format_is_named() {
    let found = |text: &str| match sbom::parse_any(text.as_bytes()).unwrap_err() {
        Error::UnknownFormat { found } => found,
        error => panic!("{text}: {error:?}"),
    };
    for (text, expected) in [
        ("", "empty"),
        (" \n", "empty"),
        ("hello world", "text that begins with \"hello world\""),
        ("spdxVersion: SPDX-2.3\nname: a", "SPDX in YAML"),
        (
            "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\"/>",
            "SPDX in RDF/XML, or other RDF",
        ),
        ("<Document/>", "SPDX in XML"),
        ("<project/>", "XML with the root <project> in the namespace \"\""),
        ("{}", "JSON of another kind, with the members "),
        ("{\"@graph\": []}", "JSON of another kind, with the members @graph"),
        ("{\"runs\": []}", "SARIF"),
        ("{\"@context\": \"https://openvex.dev/ns/v0.2.0\"}", "OpenVEX"),
        ("{\"document\": {}, \"product_tree\": {}}", "CSAF"),
        ("{\"SchemaVersion\": 2, \"ArtifactName\": \"a\"}", "JSON of Trivy itself (ask it for cyclonedx)"),
        ("{\"artifacts\": [], \"descriptor\": {}}", "JSON of Syft itself (ask it for cyclonedx-json)"),
    ] {
        assert_eq!(found(text), expected);
    }
    let error = sbom::parse_any(b"PK\x03\x04\xFF").unwrap_err();
    assert!(error.to_string().starts_with("the document is binary data"), "{error}");
    for format in ["CycloneDX JSON 1.2 to 1.7", "CycloneDX XML 1.0 to 1.7", "SPDX 2.0 to 2.3", "SPDX 3.0"] {
        assert!(error.to_string().contains(format), "{error}");
    }
    for text in [
        "SPDXVersion: SPDX-1.2\n",
        "{\"spdxVersion\": \"SPDX-4.0\"}",
        "{\"spdxVersion\": 2}",
        "{\"@graph\": [{\"type\": \"CreationInfo\", \"specVersion\": \"4.0\"}]}",
    ] {
        let error = sbom::parse_any(text.as_bytes()).unwrap_err();
        assert!(matches!(error, Error::UnknownSpdxVersion { .. }), "{text}: {error:?}");
    }
    assert!(matches!(sbom::parse_any(b"[]").unwrap_err(), Error::NotJson { .. }));
    assert!(matches!(sbom::parse_any(b"{").unwrap_err(), Error::NotJson { .. }));
    let error = sbom::parse_any(br#"{"specVersion": "1.8"}"#).unwrap_err();
    assert!(matches!(error, Error::UnknownSpecVersion { .. }));
}

#[test]
fn only_cyclonedx_comes_through_the_door_of_the_api() {
    let detail = |text: &str| refusal(text).detail();
    assert_eq!(detail("SPDXVersion: SPDX-2.3\n"), "BOM is neither valid JSON nor XML");
    assert_eq!(detail("{\"spdxVersion\": \"SPDX-2.3\"}"), "Unable to determine schema version from JSON");
    let rdf = "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\"/>";
    assert_eq!(detail(rdf), "Unable to determine schema version from XML");
}

#[test]
fn odd_spdx_is_read_as_far_as_it_goes() {
    let bom = sbom::parse_any(
        br#"{"spdxVersion": "SPDX-2.2", "packages": [1, {"SPDXID": 5, "name": "", "checksums": {}}, {
            "name": "a", "externalRefs": [{}, {"referenceType": "purl", "referenceLocator": "nothing"}]}],
            "relationships": [{"spdxElementId": "a"}, null], "creationInfo": [], "documentDescribes": "5"}"#,
    )
    .unwrap();
    assert_eq!(bom.metadata.component.unwrap().name, "-");
    assert_eq!(bom.components[0].invalid_purl.as_deref(), Some("nothing"));
    // A text that does not end, tags without value or meaning, values before any package.
    let text = "SPDXVersion: SPDX-2.2\r\nPackageVersion: 1\r\n:\r\nno tag\r\nPackageName: a\r\n\
                PackageVersion:\r\nRelationship: a\r\nExternalRef: x\r\nPackageChecksum: y\r\n\
                PackageDescription: <text>never\r\nPackageName: ends";
    let bom = sbom::parse_any(text.as_bytes()).unwrap();
    assert_eq!(bom.components.len(), 1);
    assert_eq!(bom.components[0].version, None);
    assert_eq!(bom.components[0].description.as_deref(), Some("never\r\nPackageName: ends"));
    let deep = format!("{{\"spdxVersion\": \"SPDX-2.2\", \"packages\": {}", "[".repeat(1_000_000));
    assert!(matches!(sbom::parse_any(deep.as_bytes()).unwrap_err(), Error::TooDeep { .. }));
}
