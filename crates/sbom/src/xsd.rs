//! Validation of XML by the official schemas.

use xsd_schema::validation::{
    DriveError, SchemaValidator, ValidationError, ValidationFlags, ValidationSink, ValidationWarning,
    drive_quick_xml,
};
use xsd_schema::xml::ParseLimits;
use xsd_schema::{SchemaSet, SchemaSetBuilder};

use crate::message::{Lines, MAX_RULE, shorten};
use crate::schema::text;
use crate::xml::MAX_ATTRIBUTES;
use crate::{Error, MAX_DEPTH, SpecVersion};

/// Refuses a document that is not well-formed or breaks the schema of its version.
pub(crate) fn validate(document: &str, version: SpecVersion) -> Result<(), Error> {
    // Compiled for each document: it takes milliseconds, and a compiled schema cannot be shared by
    // threads.
    let schema = match compile(version) {
        Ok(schema) => schema,
        Err(message) => return Err(Error::Invalid { errors: vec![message] }),
    };
    let validator = SchemaValidator::new(&schema, ValidationFlags::empty());
    let mut problems = Problems::default();
    let mut run = validator.start_run(&mut problems);
    run.set_parse_limits(
        ParseLimits::none()
            .with_max_depth(MAX_DEPTH)
            .with_max_attributes(MAX_ATTRIBUTES)
            .with_max_namespace_declarations(MAX_ATTRIBUTES),
    );
    let outcome = drive_quick_xml(document.as_bytes(), &mut run, &schema);
    drop(run);
    match outcome {
        // What was found is told by the problems.
        Ok(_) | Err(DriveError::Validation(_)) => {}
        Err(error) => {
            return Err(Error::NotXml { message: shorten(&error.to_string(), MAX_RULE) });
        }
    }
    let errors = problems.0.finish();
    if errors.is_empty() { Ok(()) } else { Err(Error::Invalid { errors }) }
}

/// Compiles the schema of a version. Fails only if the schemas that were built in are broken.
fn compile(version: SpecVersion) -> Result<SchemaSet, String> {
    let (address, schema) = match version {
        SpecVersion::V1_0 => text::XML_1_0,
        SpecVersion::V1_1 => text::XML_1_1,
        SpecVersion::V1_2 => text::XML_1_2,
        SpecVersion::V1_3 => text::XML_1_3,
        SpecVersion::V1_4 => text::XML_1_4,
        SpecVersion::V1_5 => text::XML_1_5,
        SpecVersion::V1_6 => text::XML_1_6,
        SpecVersion::V1_7 => text::XML_1_7,
    };
    let failed = |error: &dyn std::fmt::Display| {
        format!("the schema {address} that is built in cannot be used: {error}")
    };
    // The one that the others import is there before they ask for it, so nothing is fetched.
    let (spdx_address, spdx) = text::XML_SPDX;
    let builder = SchemaSetBuilder::new().add_source(spdx, spdx_address).map_err(|error| failed(&error))?;
    let builder = builder.add_source(schema, address).map_err(|error| failed(&error))?;
    Ok(builder.compile().map_err(|error| failed(&error))?.into_schema_set())
}

#[derive(Default)]
struct Problems(Lines);

impl ValidationSink for &mut Problems {
    fn on_error(&mut self, error: ValidationError) {
        let place = error.instance_path().map(path).unwrap_or_default();
        let text = shorten(&error.message, MAX_RULE);
        let text = if place.is_empty() { text } else { format!("{text} ({place})") };
        self.0.push(error.constraint, &text);
    }

    fn on_warning(&mut self, _: ValidationWarning) {}
}

/// A path without namespaces, such as `/bom/components[1]/component[3]/@type`.
fn path(path: &xsd_schema::validation::InstancePath) -> String {
    use std::fmt::Write as _;
    let mut text = String::new();
    for (at, step) in path.steps().enumerate() {
        let name = shorten(step.name().local_name(), 50);
        // Writing to a string does not fail.
        let _ = match step.position() {
            Some(position) if at > 0 => write!(text, "/{name}[{position}]"),
            Some(_) => write!(text, "/{name}"),
            None => write!(text, "/@{name}"),
        };
    }
    text
}
