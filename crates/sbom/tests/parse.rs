//! From documents to the model.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

use sbom::{
    Bom, Classifier, Component, DataFlowDirection, Format, HashAlgorithm, Identity, LicenceChoice, Scope,
    SpecVersion,
};
use serde_json::{Value, json};

fn shop() -> Bom {
    sbom::parse(include_bytes!("data/shop.cdx.json")).unwrap()
}

fn document(members: Value) -> Vec<u8> {
    let mut document = json!({"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1});
    let members = members.as_object().unwrap().clone();
    document.as_object_mut().unwrap().extend(members);
    document.to_string().into_bytes()
}

#[test]
fn everything_an_analysis_needs_is_in_the_model() {
    let bom = shop();
    assert_eq!(bom.format, Format::CycloneDx(SpecVersion::V1_6));
    assert_eq!(bom.format.to_string(), "CycloneDX 1.6");
    assert_eq!(bom.version, 3);
    assert_eq!(bom.serial_uuid(), Some("6ff1b2a4-0a53-4f5c-9c1e-3f0d7a6b9e21"));
    let metadata = &bom.metadata;
    assert_eq!(metadata.timestamp.as_deref(), Some("2026-02-03T04:05:06Z"));
    let tools: Vec<_> = metadata
        .tools
        .iter()
        .map(|it| (it.vendor.as_deref().unwrap(), it.name.as_deref().unwrap()))
        .collect();
    assert_eq!(tools, [("Example", "builder"), ("Sign & Co", "signer")]);
    assert_eq!(metadata.authors[0].email.as_deref(), Some("ada@example.org"));
    let maker = metadata.manufacturer.as_ref().unwrap();
    assert_eq!(maker.name.as_deref(), Some("Shop Inc"));
    assert_eq!(maker.urls, ["https://shop.example"]);
    assert_eq!(maker.contacts[0].phone.as_deref(), Some("1"));

    let web = &bom.components[0];
    assert_eq!(web.classifier, Some(Classifier::Library));
    assert_eq!(web.scope, Some(Scope::Required));
    let authors: Vec<_> = web.authors.iter().map(|it| it.name.as_deref().unwrap()).collect();
    assert_eq!(authors, ["Bob", "Ada"]);
    let purl = web.purl.as_ref().unwrap();
    assert_eq!(purl.canonical, "pkg:npm/%40shop/web@4.2.0?arch=x&z=1#lib");
    assert_eq!(purl.coordinates, "pkg:npm/%40shop/web@4.2.0");
    assert_eq!((purl.kind.as_str(), purl.name.as_str()), ("npm", "web"));
    assert_eq!(purl.namespace.as_deref(), Some("@shop"));
    assert_eq!(web.swid_tag_id.as_deref(), Some("swid-1"));
    assert_eq!(web.hashes[0].algorithm, Some(HashAlgorithm::Sha1));
    assert_eq!(web.external_references[0].kind, "vcs");
    assert_eq!(web.properties[0].group_and_name(), (Some("cdx"), "npm:path"));
    assert_eq!(web.properties[1].group_and_name(), (None, "plain"));
    assert_eq!(bom.components[1].classifier.unwrap().as_str(), "OPERATING_SYSTEM");

    let pay = &bom.services[0];
    assert_eq!(pay.endpoints, ["https://pay.example"]);
    assert_eq!((pay.authenticated, pay.crosses_trust_boundary), (Some(true), Some(true)));
    assert_eq!(pay.data[0].direction, DataFlowDirection::BiDirectional);
    assert_eq!(pay.data[0].name.as_deref(), Some("PII"));
    assert_eq!(bom.flatten_services().len(), 2);
    assert_eq!(bom.external_references[0].url, "https://shop.example/bom");
}

#[test]
fn nested_components_come_in_document_order_with_their_parents() {
    let bom = shop();
    let flat: Vec<_> = bom
        .flatten()
        .into_iter()
        .map(|it| (it.component.bom_ref.as_deref().unwrap(), it.parent, it.parent_ref, it.depth))
        .collect();
    assert_eq!(
        flat,
        [
            ("shop-bin", None, Some("shop"), 0),
            ("web", None, None, 0),
            ("inner", Some(1), Some("web"), 1),
            ("leaf", Some(2), Some("inner"), 2),
            ("os", None, None, 0),
            ("inner-again", None, None, 0),
        ]
    );
}

#[test]
fn a_component_is_kept_once_and_every_ref_finds_it() {
    let bom = shop();
    let inventory = bom.inventory();
    assert_eq!(inventory.components.len(), 5);
    assert_eq!(inventory.by_ref["inner-again"], inventory.by_ref["inner"]);
    assert_eq!(inventory.components[inventory.by_ref["leaf"]].parent, Some(2));
    let inner = inventory.components[inventory.by_ref["inner"]].component;
    assert_eq!(
        inner.identity(),
        Identity { purl: None, cpe: None, swid_tag_id: None, group: None, name: "inner", version: Some("1") }
    );
}

#[test]
fn components_under_a_dropped_duplicate_belong_to_the_kept_one() {
    let twin = |leaf: &str| json!({"type": "library", "name": "twin", "components": [{"type": "file", "name": leaf}]});
    let bytes = document(json!({"components": [twin("a"), twin("b")]}));
    let bom = sbom::parse(&bytes).unwrap();
    let inventory = bom.inventory();
    let kept: Vec<_> =
        inventory.components.iter().map(|it| (it.component.name.as_str(), it.parent)).collect();
    assert_eq!(kept, [("twin", None), ("a", Some(0)), ("b", Some(0))]);
}

#[test]
fn the_graph_has_the_edges_that_lead_somewhere() {
    let bom = shop();
    let graph = bom.graph();
    assert_eq!(graph.root, Some("shop"));
    assert_eq!(graph.direct("shop"), ["web", "os"]);
    // A service is an end like any other; the edge from web to web is left out.
    assert_eq!(graph.direct("web"), ["inner", "pay"]);
    // The cycle stays.
    assert_eq!(graph.direct("inner"), ["web"]);
    assert!(graph.direct("os").is_empty());
    assert_eq!(graph.dangling, 3);
}

#[test]
fn two_components_with_one_ref_are_both_kept_and_edges_mean_the_first() {
    let bytes = document(json!({
        "components": [
            {"type": "library", "bom-ref": "x", "name": "first"},
            {"type": "library", "bom-ref": "x", "name": "second"},
            {"type": "library", "bom-ref": "y", "name": "third"}
        ],
        "dependencies": [
            {"ref": "y", "dependsOn": ["x"]},
            {"ref": "y", "dependsOn": ["x", "y"]}
        ]
    }));
    let bom = sbom::parse(&bytes).unwrap();
    let inventory = bom.inventory();
    assert_eq!(inventory.components.len(), 3);
    assert_eq!(inventory.components[inventory.by_ref["x"]].component.name, "first");
    assert_eq!(bom.graph().direct("y"), ["x"]);
}

#[test]
fn older_versions_are_read_into_the_same_model() {
    let bytes = json!({
        "bomFormat": "CycloneDX", "specVersion": "1.2", "version": 1,
        "metadata": {
            "tools": [{"vendor": "V", "name": "T", "version": "1"}],
            "manufacture": {"name": "M"}
        },
        "components": [{"type": "library", "name": "a", "version": "1", "author": "A"}]
    })
    .to_string();
    let bom = sbom::parse(bytes.as_bytes()).unwrap();
    assert_eq!(bom.metadata.tools[0].vendor.as_deref(), Some("V"));
    assert_eq!(bom.metadata.manufacturer.unwrap().name.as_deref(), Some("M"));
    assert_eq!(bom.components[0].authors[0].name.as_deref(), Some("A"));
}

#[test]
fn without_validation_what_has_the_wrong_type_is_absent() {
    let bytes = document(json!({
        "version": "many", "metadata": [], "dependencies": {"ref": 1},
        "components": [
            {"type": "foo", "name": " ", "version": 5, "hashes": [1], "licenses": {"a": 1}},
            "nothing",
            {"name": "b", "purl": "not a purl", "components": null}
        ]
    }));
    assert!(sbom::parse(&bytes).is_err());
    let bom = sbom::parse_unvalidated(&bytes).unwrap();
    assert_eq!(bom.version, 1);
    assert_eq!(bom.components.len(), 2);
    assert_eq!(bom.components[0].name, "-");
    assert_eq!(bom.components[0].version.as_deref(), Some("5"));
    assert_eq!(bom.components[0].classifier, None);
    assert_eq!(bom.components[1].purl, None);
    assert_eq!(bom.components[1].invalid_purl.as_deref(), Some("not a purl"));
}

#[test]
fn every_unicode_encoding_of_json_is_read() {
    let text = r#"{"bomFormat": "CycloneDX", "specVersion": "1.5", "components": [{"type": "library", "name": "größe-🚲"}]}"#;
    let units: Vec<u16> = text.encode_utf16().collect();
    let flat = |parts: Vec<Vec<u8>>| parts.concat();
    let encodings = [
        text.as_bytes().to_vec(),
        [b"\xEF\xBB\xBF", text.as_bytes()].concat(),
        flat(units.iter().map(|it| it.to_be_bytes().to_vec()).collect()),
        flat(units.iter().map(|it| it.to_le_bytes().to_vec()).collect()),
        flat(text.chars().map(|it| (it as u32).to_be_bytes().to_vec()).collect()),
        flat(text.chars().map(|it| (it as u32).to_le_bytes().to_vec()).collect()),
    ];
    let marks: [&[u8]; 6] = [b"", b"", b"\xFE\xFF", b"\xFF\xFE", b"\0\0\xFE\xFF", b"\xFF\xFE\0\0"];
    for (encoding, mark) in encodings.iter().zip(marks) {
        for bytes in [encoding.clone(), [mark, encoding].concat()] {
            let bom = sbom::parse(&bytes).unwrap();
            assert_eq!(bom.components[0].name, "größe-🚲");
        }
    }
}

#[test]
fn package_urls_have_a_canonical_form() {
    let purl = sbom::parse_purl(" pkg:golang/github.com/ProtonMail/Go-IMAP@v1.0.0?goos=linux ").unwrap();
    assert_eq!(purl.coordinates, purl.coordinates.to_lowercase());
    assert_eq!(purl.namespace.as_deref(), Some("github.com/ProtonMail"));
    assert_eq!(purl.name, "Go-IMAP");
    let purl = sbom::parse_purl("pkg:pypi/Django_Rest@1.0%2Blocal").unwrap();
    assert_eq!(purl.canonical, "pkg:pypi/django-rest@1.0%2Blocal");
    assert_eq!((purl.name.as_str(), purl.version.as_deref()), ("django-rest", Some("1.0+local")));
    for text in ["", "pkg:", "pkg:npm", "npm/left-pad", "pkg:npm/"] {
        assert_eq!(sbom::parse_purl(text), None, "{text}");
    }
}

#[test]
fn licences_resolve_as_in_dependency_track() {
    let named = |id: Option<&str>, name: Option<&str>, url: Option<&str>| LicenceChoice::Named {
        id: id.map(str::to_owned),
        name: name.map(str::to_owned),
        text: None,
        url: url.map(str::to_owned),
    };
    let resolve = |licences: Vec<LicenceChoice>| {
        Component { licences, ..Component::default() }.resolve_licence(|name| name == "House rules")
    };
    let id = |it: &sbom::ResolvedLicence| it.licence.map(|licence| licence.id);

    // The first that resolves wins, by id or by full name, in any case.
    let it = resolve(vec![
        named(None, Some("Unheard of"), None),
        named(None, Some("apache license 2.0"), Some("https://a.example")),
        named(Some("MIT"), None, None),
    ]);
    assert_eq!(id(&it), Some("Apache-2.0"));
    assert_eq!((it.name, it.url.as_deref()), (None, Some("https://a.example")));
    // An id written as name.
    assert_eq!(id(&resolve(vec![named(None, Some("mit"), None)])), Some("MIT"));
    // None resolves: the first one's name.
    let it = resolve(vec![
        named(None, Some("Unheard of"), Some("https://u.example")),
        named(None, Some("Other"), None),
    ]);
    assert_eq!((id(&it), it.name.as_deref()), (None, Some("Unheard of")));
    assert_eq!(it.url.as_deref(), Some("https://u.example"));
    // One that somebody defined.
    let it = resolve(vec![named(None, Some("Unheard of"), None), named(None, Some("House rules"), None)]);
    assert_eq!((id(&it), it.name.as_deref()), (None, Some("House rules")));
    // A single id as expression.
    let it = resolve(vec![LicenceChoice::Expression("ISC".into())]);
    assert_eq!((id(&it), it.expression.as_deref()), (Some("ISC"), Some("ISC")));
    // A compound one stays an expression, deprecated ids or not; an invalid one is dropped.
    let it = resolve(vec![LicenceChoice::Expression("MIT OR GPL-2.0".into())]);
    assert_eq!((id(&it), it.expression.as_deref()), (None, Some("MIT OR GPL-2.0")));
    let it = resolve(vec![LicenceChoice::Expression("MIT OR".into())]);
    assert_eq!(it, sbom::ResolvedLicence::default());
    assert_eq!(resolve(Vec::new()), sbom::ResolvedLicence::default());
}

#[test]
fn the_licence_list_is_known_by_id_and_name() {
    let licence = sbom::licence_by_id("gpl-3.0-only").unwrap();
    assert_eq!(licence.id, "GPL-3.0-only");
    assert!(licence.is_osi_approved && !licence.is_deprecated);
    assert!(sbom::licence_by_id("GPL-3.0").unwrap().is_deprecated);
    // The name belongs to the deprecated id as well; the one in force is meant.
    assert_eq!(sbom::licence_by_name("GNU General Public License v3.0 only").unwrap().id, "GPL-3.0-only");
    assert_eq!(sbom::licence_by_id("MIT+"), None);
    assert_eq!(sbom::licence_by_id(""), None);
    assert!(sbom::licences().count() > 600);
}

#[test]
fn where_a_component_was_found_is_read_from_both_formats() {
    let json = br#"{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [{"type": "library", "name": "a",
        "evidence": {"occurrences": [{"location": "/a.js", "line": 7, "offset": 2, "symbol": "f"}, {"location": "/b.js"}]}}]}"#;
    let xml = br#"<bom xmlns="http://cyclonedx.org/schema/bom/1.6" version="1"><components><component type="library">
        <name>a</name><evidence><occurrences>
        <occurrence><location>/a.js</location><line>7</line><offset>2</offset><symbol>f</symbol></occurrence>
        <occurrence><location>/b.js</location></occurrence></occurrences></evidence></component></components></bom>"#;
    for document in [&json[..], &xml[..]] {
        let bom = sbom::parse(document).unwrap();
        let found = &bom.components[0].occurrences;
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].location.as_str(), found[0].line, found[0].offset), ("/a.js", Some(7), Some(2)));
        assert_eq!((found[0].symbol.as_deref(), found[1].line), (Some("f"), None));
    }
}
