//! Validation of JSON by the official schemas.

use std::sync::OnceLock;

use jsonschema::{Draft, Registry, Validator};
use serde_json::Value;

use crate::explain::explain;
use crate::{Error, SpecVersion};

/// The schemas, JSON and XML, each with its address; written by the build script.
pub(crate) mod text {
    include!(concat!(env!("OUT_DIR"), "/schemas.rs"));
}

/// Refuses a document that breaks the schema of its version, which has to be 1.2 or later.
///
/// Gives the document back if it is valid.
pub(crate) fn validate(document: Value, version: SpecVersion) -> Result<Value, Error> {
    let validator = match validator(version) {
        Ok(validator) => validator,
        Err(message) => {
            return Err(Error::Invalid { errors: vec![format!("$: {message}")] });
        }
    };
    if validator.is_valid(&document) {
        return Ok(document);
    }
    Err(Error::Invalid { errors: explain(validator, document) })
}

/// The validator of a version, compiled when it is first needed.
fn validator(version: SpecVersion) -> Result<&'static Validator, &'static String> {
    static VALIDATORS: [OnceLock<Result<Validator, String>>; 6] = [const { OnceLock::new() }; 6];
    let (slot, schema) = match version {
        // No JSON document names an older one.
        SpecVersion::V1_0 | SpecVersion::V1_1 | SpecVersion::V1_2 => (&VALIDATORS[0], text::V1_2),
        SpecVersion::V1_3 => (&VALIDATORS[1], text::V1_3),
        SpecVersion::V1_4 => (&VALIDATORS[2], text::V1_4),
        SpecVersion::V1_5 => (&VALIDATORS[3], text::V1_5),
        SpecVersion::V1_6 => (&VALIDATORS[4], text::V1_6),
        SpecVersion::V1_7 => (&VALIDATORS[5], text::V1_7),
    };
    slot.get_or_init(|| compile(schema)).as_ref()
}

/// Compiles a schema, with the other schemas that it refers to at hand. Fails only if the schemas
/// that were built in are broken.
fn compile((address, schema): (&str, &str)) -> Result<Validator, String> {
    let failed = |error: &dyn std::fmt::Display| {
        format!("the schema {address} that is built in cannot be used: {error}")
    };
    let parse = |text: &str| serde_json::from_str::<Value>(text).map_err(|error| failed(&error));
    let mut registry = Registry::new().draft(Draft::Draft7);
    for (address, text) in [text::SPDX, text::JSF, text::CRYPTOGRAPHY] {
        registry = registry.add(address, parse(text)?).map_err(|error| failed(&error))?;
    }
    let registry = registry.prepare().map_err(|error| failed(&error))?;
    jsonschema::options()
        .with_draft(Draft::Draft7)
        .with_registry(&registry)
        .with_base_uri(address)
        .should_validate_formats(true)
        .build(&parse(schema)?)
        .map_err(|error| failed(&error))
}
