//! From CycloneDX to the model: JSON, or XML in the form that [`xml`](crate::xml) gives it.

use crate::model::{
    Bom, Component, Contact, DataFlow, Dependency, ExternalReference, Format, Hash, LicenceChoice, Metadata,
    Occurrence, Organization, Property, Service, SpecVersion, Tool,
};
use crate::purl::parse_purl;
use crate::read_vulnerability::vulnerability;
use crate::take::{Object, Value, flag, integer, list, member, object, some_object, text, texts};
use crate::vocabulary::{Classifier, DataFlowDirection, HashAlgorithm, Scope};

/// What Dependency-Track calls a component or service without name.
pub(crate) const NO_NAME: &str = "-";

pub(crate) fn bom(document: Value<'_>, spec_version: SpecVersion) -> Bom {
    let mut from = object(document);
    Bom {
        format: Format::CycloneDx(spec_version),
        serial_number: text(&mut from, "serialNumber"),
        version: integer(&mut from, "version").unwrap_or(1),
        metadata: member(&mut from, "metadata").map(metadata).unwrap_or_default(),
        components: list(&mut from, "components", component),
        services: list(&mut from, "services", service),
        dependencies: list(&mut from, "dependencies", dependency).into_iter().flatten().collect(),
        external_references: list(&mut from, "externalReferences", external_reference),
        vulnerabilities: list(&mut from, "vulnerabilities", vulnerability),
    }
}

fn metadata(mut from: Object<'_>) -> Metadata {
    Metadata {
        timestamp: text(&mut from, "timestamp"),
        tools: tools(from.remove("tools")),
        authors: list(&mut from, "authors", contact),
        component: member(&mut from, "component").map(component),
        manufacturer: member(&mut from, "manufacturer")
            .or_else(|| member(&mut from, "manufacture"))
            .map(organization),
        supplier: member(&mut from, "supplier").map(organization),
        licences: licences(&mut from),
        properties: list(&mut from, "properties", property),
    }
}

/// Tools in the old form (a list), or in the form from 1.5 on (components and services).
fn tools(value: Option<Value<'_>>) -> Vec<Tool> {
    let tool = |mut from: Object<'_>| Tool {
        vendor: text(&mut from, "vendor")
            .or_else(|| text(&mut from, "group"))
            .or_else(|| text(&mut from, "publisher"))
            .or_else(|| member(&mut from, "provider").and_then(|mut by| text(&mut by, "name"))),
        name: text(&mut from, "name"),
        version: text(&mut from, "version"),
    };
    match value {
        Some(Value::Array(items)) => items.into_iter().filter_map(some_object).map(tool).collect(),
        Some(Value::Object(mut from)) => {
            let mut tools = list(&mut from, "components", tool);
            tools.extend(list(&mut from, "services", tool));
            tools
        }
        _ => Vec::new(),
    }
}

fn component(mut from: Object<'_>) -> Component {
    let author = text(&mut from, "author").map(|name| Contact { name: Some(name), ..Contact::default() });
    let mut authors: Vec<_> = author.into_iter().collect();
    authors.extend(list(&mut from, "authors", contact));
    let written_purl = text(&mut from, "purl").filter(|purl| !purl.trim().is_empty());
    let purl = written_purl.as_deref().and_then(parse_purl);
    let kind = text(&mut from, "type");
    let scope = text(&mut from, "scope");
    Component {
        bom_ref: text(&mut from, "bom-ref"),
        classifier: kind.as_deref().and_then(Classifier::from_cyclonedx),
        group: text(&mut from, "group"),
        name: name(&mut from),
        version: text(&mut from, "version"),
        description: text(&mut from, "description"),
        publisher: text(&mut from, "publisher"),
        authors,
        supplier: member(&mut from, "supplier").map(organization),
        manufacturer: member(&mut from, "manufacturer").map(organization),
        copyright: text(&mut from, "copyright"),
        cpe: text(&mut from, "cpe"),
        invalid_purl: written_purl.filter(|_| purl.is_none()),
        purl,
        swid_tag_id: member(&mut from, "swid").and_then(|mut swid| text(&mut swid, "tagId")),
        hashes: hashes(&mut from),
        licences: licences(&mut from),
        scope: scope.as_deref().and_then(Scope::from_cyclonedx),
        mime_type: text(&mut from, "mime-type"),
        external_references: list(&mut from, "externalReferences", external_reference),
        properties: list(&mut from, "properties", property),
        occurrences: member(&mut from, "evidence").map(occurrences).unwrap_or_default(),
        children: list(&mut from, "components", component),
    }
}

/// Where evidence says that a component was found; without a place it says nothing.
fn occurrences(mut evidence: Object<'_>) -> Vec<Occurrence> {
    let read = |mut from: Object<'_>| {
        Some(Occurrence {
            location: text(&mut from, "location").filter(|location| !location.trim().is_empty())?,
            line: integer(&mut from, "line"),
            offset: integer(&mut from, "offset"),
            symbol: text(&mut from, "symbol"),
        })
    };
    list(&mut evidence, "occurrences", read).into_iter().flatten().collect()
}

fn service(mut from: Object<'_>) -> Service {
    Service {
        bom_ref: text(&mut from, "bom-ref"),
        provider: member(&mut from, "provider").map(organization),
        group: text(&mut from, "group"),
        name: name(&mut from),
        version: text(&mut from, "version"),
        description: text(&mut from, "description"),
        endpoints: texts(&mut from, "endpoints"),
        authenticated: flag(&mut from, "authenticated"),
        crosses_trust_boundary: flag(&mut from, "x-trust-boundary"),
        data: list(&mut from, "data", data_flow),
        licences: licences(&mut from),
        external_references: list(&mut from, "externalReferences", external_reference),
        properties: list(&mut from, "properties", property),
        children: list(&mut from, "services", service),
    }
}

fn data_flow(mut from: Object<'_>) -> DataFlow {
    let direction = text(&mut from, "flow");
    DataFlow {
        direction: direction
            .as_deref()
            .and_then(DataFlowDirection::from_cyclonedx)
            .unwrap_or(DataFlowDirection::Unknown),
        name: text(&mut from, "classification"),
    }
}

fn dependency(mut from: Object<'_>) -> Option<Dependency> {
    Some(Dependency { from: text(&mut from, "ref")?, depends_on: texts(&mut from, "dependsOn") })
}

fn contact(mut from: Object<'_>) -> Contact {
    Contact {
        name: text(&mut from, "name"),
        email: text(&mut from, "email"),
        phone: text(&mut from, "phone"),
    }
}

fn organization(mut from: Object<'_>) -> Organization {
    Organization {
        name: text(&mut from, "name"),
        urls: texts(&mut from, "url"),
        contacts: list(&mut from, "contact", contact),
    }
}

fn licences(from: &mut Object<'_>) -> Vec<LicenceChoice> {
    list(from, "licenses", |mut choice| {
        if let Some(mut licence) = member(&mut choice, "license") {
            return Some(LicenceChoice::Named {
                id: text(&mut licence, "id"),
                name: text(&mut licence, "name"),
                text: member(&mut licence, "text").and_then(|mut text_| text(&mut text_, "content")),
                url: text(&mut licence, "url"),
            });
        }
        text(&mut choice, "expression").map(LicenceChoice::Expression)
    })
    .into_iter()
    .flatten()
    .collect()
}

fn hashes(from: &mut Object<'_>) -> Vec<Hash> {
    list(from, "hashes", |mut hash| {
        let algorithm = text(&mut hash, "alg");
        Some(Hash {
            algorithm: algorithm.as_deref().and_then(HashAlgorithm::from_cyclonedx),
            value: text(&mut hash, "content")?,
        })
    })
    .into_iter()
    .flatten()
    .collect()
}

fn external_reference(mut from: Object<'_>) -> ExternalReference {
    ExternalReference {
        kind: text(&mut from, "type").unwrap_or_default(),
        url: text(&mut from, "url").unwrap_or_default(),
        comment: text(&mut from, "comment"),
        hashes: hashes(&mut from),
    }
}

pub(crate) fn property(mut from: Object<'_>) -> Property {
    Property { name: text(&mut from, "name").unwrap_or_default(), value: text(&mut from, "value") }
}

fn name(from: &mut Object<'_>) -> String {
    text(from, "name").filter(|name| !name.trim().is_empty()).unwrap_or_else(|| NO_NAME.to_owned())
}
