//! What is refused, with which words, and that nothing falls over.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

use std::fmt::Write as _;

use sbom::Error;
use serde_json::{Value, json};

fn refusal(bytes: impl AsRef<[u8]>) -> Error {
    sbom::parse(bytes.as_ref()).unwrap_err()
}

fn errors(members: Value) -> Vec<String> {
    let mut document = json!({"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1});
    let members = members.as_object().unwrap().clone();
    document.as_object_mut().unwrap().extend(members);
    refusal(document.to_string()).errors().to_vec()
}

#[test]
fn what_is_no_json_object_is_neither_json_nor_xml() {
    for text in ["", " \n", "hello world", "{", "[]", "\"x\"", "null", "{\"specVersion\":\"1.5\"", "{}x"] {
        let error = refusal(text);
        assert!(matches!(error, Error::NotJson { .. }), "{text}: {error:?}");
        assert_eq!(error.detail(), "BOM is neither valid JSON nor XML");
        assert!(error.errors().is_empty());
    }
    // For people, with the place.
    assert!(refusal("{\n  \"a\" 1}").to_string().contains("line 2 column 7"));
    assert!(refusal("[]").to_string().contains("the document is an array"));
    // Bytes that are no text in any encoding.
    for bytes in [&b"{\"a\": \"\xFF\"}"[..], b"\xFE\xFF\xD8\x00", b"{\0\0", b"\0\0\0{\0"] {
        assert!(matches!(refusal(bytes), Error::NotJson { .. }), "{bytes:?}");
    }
}

#[test]
fn the_version_must_be_a_known_one() {
    let detail = |text: &str| refusal(text).detail();
    assert_eq!(detail("{}"), "Unable to determine schema version from JSON");
    assert_eq!(detail(r#"{"spdxVersion": "SPDX-2.3"}"#), "Unable to determine schema version from JSON");
    assert_eq!(
        detail(r#"{"bomFormat": "CycloneDX", "specVersion": 1.5}"#),
        "Unable to determine schema version from JSON"
    );
    assert_eq!(detail(r#"{"specVersion": "1.8"}"#), "Unrecognized specVersion 1.8");
    assert_eq!(detail(r#"{"specVersion": "1.1"}"#), "JSON is not supported for specVersion 1.1");
    let long = format!("{{\"specVersion\": \"{}\"}}", "9".repeat(100_000));
    assert!(detail(&long).len() < 100);
    // The version is looked at with and without validation.
    let error = sbom::parse_unvalidated(br#"{"specVersion": "2.0"}"#).unwrap_err();
    assert_eq!(error, Error::UnknownSpecVersion { found: "2.0".into() });
}

#[test]
fn each_broken_rule_is_told_with_its_place() {
    let component = |component: Value| errors(json!({"components": [component]}));
    assert_eq!(
        component(json!({"type": "library"})),
        ["$.components[0]: required property 'name' not found"]
    );
    assert_eq!(
        component(json!({"type": "library", "name": "a", "version": 5})),
        ["$.components[0].version: integer found, string expected"]
    );
    assert_eq!(
        component(json!({"type": "library", "name": "a", "scope": "maybe"})),
        ["$.components[0].scope: does not have a value in the enumeration \
          [\"required\", \"optional\", \"excluded\"]"]
    );
    assert_eq!(
        component(json!({"type": "library", "name": "a", "colour": "red"})),
        ["$.components[0]: property 'colour' is not defined in the schema and the schema does \
             not allow additional properties"]
    );
    assert_eq!(
        component(json!({"type": "library", "name": "a", "bom-ref": ""})),
        ["$.components[0].bom-ref: must be at least 1 characters long"]
    );
    assert_eq!(
        errors(json!({"serialNumber": "urn:uuid:1"})),
        ["$.serialNumber: does not match the regex pattern \
          ^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"]
    );
    assert_eq!(
        errors(json!({"metadata": {"timestamp": "yesterday"}})),
        ["$.metadata.timestamp: does not match the date-time pattern must be a valid RFC 3339 \
             date-time"]
    );
    assert!(
        component(json!({"type": "library", "name": "a", "externalReferences": [
            {"type": "vcs", "url": "git@host:a/b.git"}
        ]}))
        .contains(
            &"$.components[0].externalReferences[0].url: does not match the iri-reference \
              pattern must be a valid RFC 3987 IRI-reference"
                .to_owned()
        )
    );
    assert_eq!(
        errors(json!({"version": 0, "dependencies": [
            {"ref": "a", "dependsOn": ["b", "b"]}
        ]})),
        [
            "$.dependencies[0].dependsOn: must have only unique items in the array",
            "$.version: must have a minimum value of 1"
        ]
    );
    // An alternative: that none applies, then what keeps each from applying.
    let lines = component(json!({"type": "library", "name": "a", "licenses": [{"license": {}}]}));
    assert_eq!(
        lines[0],
        "$.components[0].licenses: must be valid to one and only one schema, but 0 are valid"
    );
    assert!(
        lines.contains(&"$.components[0].licenses[0].license: required property 'name' not found".to_owned()),
        "{lines:?}"
    );
}

#[test]
fn refusals_stay_short() {
    let components: Vec<_> = (0..1000).map(|at| json!({"type": "library", "version": at})).collect();
    let lines = errors(json!({"components": components}));
    assert_eq!(lines.len(), sbom::MAX_ERRORS + 1);
    assert_eq!(lines[sbom::MAX_ERRORS], "$: … and further errors");
    let name = "n".repeat(100_000);
    let lines = errors(json!({name.as_str(): 1, "components": [
        {"type": name.as_str(), "name": "a", "licenses": [{"license": {"id": name.as_str()}}]}
    ]}));
    assert!(!lines.is_empty());
    for line in lines {
        assert!(line.len() < 2000, "{}", line.len());
    }
}

/// A component with many members, so that a few thousand make a large document.
fn component(at: usize) -> Value {
    let properties: Vec<_> =
        (0..10).map(|property| json!({"name": format!("p{property}"), "value": "v"})).collect();
    json!({"type": "library", "bom-ref": format!("r{at}"), "name": "a", "properties": properties})
}

#[test]
fn in_large_documents_the_places_are_found_too() {
    let mut components: Vec<_> = (0..5000).map(component).collect();
    components[4321]["name"] = json!(1);
    components[4999]["licenses"] = json!([{"license": {}}]);
    let lines = errors(json!({"components": components, "version": 0, "serialNumber": "x"}));
    assert_eq!(lines.len(), 9, "{lines:?}");
    assert!(lines[0].starts_with("$.serialNumber: does not match the regex"));
    assert_eq!(lines[1], "$.version: must have a minimum value of 1");
    assert_eq!(lines[2], "$.components[4321].name: integer found, string expected");
    assert!(lines[3..].iter().all(|line| line.starts_with("$.components[4999].licenses")));

    // Two that are the same and far apart.
    let mut components: Vec<_> = (0..5000).map(component).collect();
    components.push(component(7));
    assert_eq!(
        errors(json!({"components": components})),
        ["$.components: must have only unique items in the array"]
    );

    // One list of very many wrong items, inside a component.
    let licences = vec![json!({"licence": 1}); 100_000];
    let components = json!([component(0), {"type": "file", "name": "a", "licenses": licences}]);
    let lines = errors(json!({"components": components}));
    assert!(lines[0].starts_with("$.components[1].licenses: must be valid"), "{lines:?}");
    let lines = errors(json!({"metadata": {"licenses": licences}}));
    assert!(lines[0].starts_with("$.metadata.licenses: must be valid"), "{lines:?}");
    // The wrong one is beyond what is looked at in detail.
    let mut properties = vec![json!({"name": "p"}); 100_000];
    properties[99_999] = json!({"name": 1});
    let components = json!([component(0), {"type": "file", "name": "a", "properties": properties}]);
    assert_eq!(errors(json!({"components": components})), ["$.components[1]: does not match the schema"]);
}

#[test]
fn deep_documents_are_read_to_the_limit_and_refused_beyond() {
    let nested = |levels: usize| {
        let mut text = String::from("{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.5\"");
        for _ in 0..levels {
            text.push_str(",\"components\":[{\"type\":\"library\",\"name\":\"a\"");
        }
        text.push_str(&"}]".repeat(levels));
        text.push('}');
        text
    };
    // The object of the document, and two for each component.
    let bom = sbom::parse(nested((sbom::MAX_DEPTH - 1) / 2).as_bytes()).unwrap();
    assert_eq!(bom.flatten().len(), 63);
    assert_eq!(bom.flatten()[62].depth, 62);
    let error = refusal(nested(64));
    assert!(matches!(error, Error::TooDeep { line: 1, .. }), "{error}");
    assert!(error.detail().contains("127 levels"));
    // To the level: lists in a member of the document.
    let lists = |levels: usize| {
        let (open, close) = ("[".repeat(levels - 1), "]".repeat(levels - 1));
        format!("{{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.5\",\"a\":{open}{close}}}")
    };
    sbom::parse_unvalidated(lists(sbom::MAX_DEPTH).as_bytes()).unwrap();
    let error = sbom::parse_unvalidated(lists(sbom::MAX_DEPTH + 1).as_bytes()).unwrap_err();
    assert!(matches!(error, Error::TooDeep { line: 1, .. }), "{error}");
    // A million brackets: neither a crash nor a long wait.
    for bracket in ["[", "{\"a\":"] {
        let error = refusal(format!("{{\n\"specVersion\": {}", bracket.repeat(1_000_000)));
        assert!(matches!(error, Error::TooDeep { line: 2, .. }), "{error}");
    }
    // Brackets in texts do not count.
    let text = format!(
        r#"{{"bomFormat":"CycloneDX","specVersion":"1.5","components":[{{"type":"file","name":"\"{}"}}]}}"#,
        "[".repeat(1000)
    );
    assert_eq!(sbom::parse(text.as_bytes()).unwrap().components.len(), 1);
}

#[test]
fn what_would_fill_the_memory_is_refused_before_it_does() {
    // 40 MB that would become gigabytes of empty objects.
    let text = format!("{{\"specVersion\":\"1.5\",\"a\":[{}{{}}]}}", "{},".repeat(13_000_000));
    assert_eq!(refusal(text), Error::TooLarge);
    // 100 MB of text in one value are harmless.
    let text = format!(
        r#"{{"bomFormat":"CycloneDX","specVersion":"1.5","components":[{{"type":"file","name":"{}"}}]}}"#,
        "x".repeat(100_000_000)
    );
    assert_eq!(sbom::parse(text.as_bytes()).unwrap().components[0].name.len(), 100_000_000);
}

#[test]
fn a_chain_of_dependencies_and_a_ring_are_no_trouble() {
    let count = 20_000;
    let mut text = String::from(r#"{"bomFormat":"CycloneDX","specVersion":"1.5","components":["#);
    for at in 0..count {
        let comma = if at > 0 { "," } else { "" };
        write!(text, r#"{comma}{{"type":"library","bom-ref":"r{at}","name":"n{at}"}}"#).unwrap();
    }
    text.push_str(r#"],"dependencies":["#);
    for at in 0..count {
        let comma = if at > 0 { "," } else { "" };
        let next = (at + 1) % count;
        write!(text, r#"{comma}{{"ref":"r{at}","dependsOn":["r{next}"]}}"#).unwrap();
    }
    text.push_str("]}");
    let bom = sbom::parse(text.as_bytes()).unwrap();
    assert_eq!(bom.inventory().components.len(), count);
    let graph = bom.graph();
    assert_eq!(graph.depends_on.len(), count);
    assert_eq!(graph.direct("r19999"), ["r0"]);
}
