//! Templates in the syntax of Pebble, which Dependency-Track's publishers use (behaviour reference
//! §10.5). A template is translated to the one of minijinja, and rendered with bounds on its time and
//! its size; there is no way to read anything but the notification.

mod filter;
mod pebble;

use std::io::Write;

use minijinja::value::Value as Shown;
use minijinja::{AutoEscape, Environment, ErrorKind, UndefinedBehavior};
use serde_json::{Map, Value, json};

use super::group::GROUPS;
use super::notice::{Notice, Version};

/// How many steps a template may take.
const FUEL: u64 = 2_000_000;
/// How long a template may be (bytes).
const MAX_TEMPLATE: usize = 64 * 1024;
/// How long its text may be, beside what the notification itself brings (bytes).
const MAX_TEXT: usize = 4 * 1024 * 1024;

/// What templates see beside the notification.
#[derive(Debug, Clone, Default)]
pub(super) struct Surroundings {
    /// Where people reach the frontend, without a slash at the end.
    pub base_url: Option<String>,
    /// Members that only one publisher has: `jiraProjectKey`, `jiraTicketType`.
    pub more: Vec<(&'static str, String)>,
}

/// Renders a notification. The text of the error is for people.
pub(super) fn render(
    template: &str,
    mime_type: &str,
    notice: &Notice,
    version: Version,
    around: &Surroundings,
) -> Result<String, String> {
    if template.len() > MAX_TEMPLATE {
        return Err(format!("the template is longer than {MAX_TEMPLATE} bytes"));
    }
    let text = pebble::translate(template)?;
    let escape = Escape::of(mime_type);
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Chainable);
    environment.set_fuel(Some(FUEL));
    environment.set_recursion_limit(50);
    environment.set_keep_trailing_newline(true);
    environment.set_trim_blocks(escape == Escape::Json);
    environment.set_auto_escape_callback(move |_| match escape {
        Escape::Json => AutoEscape::Custom("json"),
        Escape::Html => AutoEscape::Html,
        Escape::Nothing => AutoEscape::None,
    });
    filter::install(&mut environment);
    environment.add_template("template", &text).map_err(|error| told(&error))?;
    let template = environment.get_template("template").map_err(|error| told(&error))?;
    let (context, size) = context(notice, version, around);
    let mut out = Bounded { bytes: Vec::new(), limit: MAX_TEXT + 2 * size, full: false };
    if let Err(error) = template.render_captured_to(Shown::from_serialize(&context), &mut out) {
        return Err(if out.full { "the text becomes too long".to_owned() } else { told(&error) });
    }
    String::from_utf8(out.bytes).map_err(|error| error.to_string())
}

/// Tries a template on a notification of every group.
pub(super) fn check(template: &str, mime_type: &str) -> Result<(), String> {
    let around = Surroundings {
        base_url: Some("http://localhost".to_owned()),
        more: vec![("jiraProjectKey", "KEY".to_owned()), ("jiraTicketType", "Task".to_owned())],
    };
    for group in &GROUPS {
        render(
            template,
            mime_type,
            &Notice::test(group.scope, group.name, Version::V4),
            Version::V4,
            &around,
        )
        .map_err(|error| format!("{error} (tried with {})", group.name))?;
    }
    Ok(())
}

/// How values are written unless the template says otherwise.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Escape {
    Json,
    Html,
    Nothing,
}

impl Escape {
    fn of(mime_type: &str) -> Escape {
        let kind = mime_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if kind.ends_with("json") {
            Escape::Json
        } else if kind == "text/html" {
            Escape::Html
        } else {
            Escape::Nothing
        }
    }
}

fn told(error: &minijinja::Error) -> String {
    let at = error.line().map(|line| format!(" in line {line}")).unwrap_or_default();
    match error.kind() {
        ErrorKind::OutOfFuel => "the template takes too many steps".to_owned(),
        kind => {
            let detail = error.detail().map(|detail| format!(": {detail}")).unwrap_or_default();
            format!("{kind}{detail}{at}")
        }
    }
}

/// What a template sees, and how large it is (bytes).
fn context(notice: &Notice, version: Version, around: &Surroundings) -> (Value, usize) {
    let mut notification =
        notice.payload(version).get_mut("notification").map(Value::take).unwrap_or_default();
    let mut out = Map::new();
    let mut size = 0;
    if let Some(object) = notification.as_object_mut() {
        let mut subject = object.remove("subject").filter(|subject| !subject.is_null());
        // The subject of a new project is not part of the payload, but templates may tell of it.
        if subject.is_none() && notice.group == "PROJECT_CREATED" && !notice.subject.is_null() {
            subject = Some(notice.subject.clone());
        } else if let Some(subject) = &subject {
            out.insert("subjectJson".to_owned(), json!(subject.to_string()));
        }
        if let Some(mut subject) = subject {
            size = subject.to_string().len();
            let project = subject.get("project").or_else(|| subject.pointer("/affectedProjects/0")).cloned();
            if let (Some(project), Some(component)) =
                (project, subject.get_mut("component").and_then(Value::as_object_mut))
            {
                component.insert("project".to_owned(), project);
            }
            named("subject", &mut subject);
            object.insert("subject".to_owned(), subject.clone());
            out.insert("subject".to_owned(), subject);
        }
        out.insert("timestamp".to_owned(), object.get("timestamp").cloned().unwrap_or_default());
    }
    out.insert("notification".to_owned(), notification);
    out.insert("timestampEpochSecond".to_owned(), json!(notice.at / 1000));
    if let Some(url) = &around.base_url {
        out.insert("baseUrl".to_owned(), json!(url));
    }
    for (name, value) in &around.more {
        out.insert((*name).to_owned(), json!(value));
    }
    (out.into(), size)
}

/// Gives every object the text under which the original's objects show themselves.
fn named(name: &str, value: &mut Value) {
    match value {
        Value::Array(list) => list.iter_mut().for_each(|item| named(name, item)),
        Value::Object(object) => {
            object.iter_mut().for_each(|(name, member)| named(name, member));
            let text = |name: &str| object.get(name).and_then(Value::as_str);
            let title: Vec<&str> = ["group", "name", "version"].into_iter().filter_map(text).collect();
            let is_project = matches!(name, "project" | "affectedProjects");
            let shown = match (text("vulnId"), text("purl"), text("uuid").or(text("username"))) {
                (Some(id), ..) => Some(id.to_owned()),
                (None, Some(purl), _) if !is_project => Some(purl.to_owned()),
                (None, _, Some(id)) => Some(if title.is_empty() { id.to_owned() } else { title.join(" : ") }),
                _ => None,
            };
            if let Some(shown) = shown {
                object.insert(filter::TO_STRING.to_owned(), json!(shown));
            }
        }
        _ => {}
    }
}

/// Takes text up to a limit.
struct Bounded {
    bytes: Vec<u8>,
    limit: usize,
    full: bool,
}

impl Write for Bounded {
    fn write(&mut self, buffer: &[u8]) -> std::io::Result<usize> {
        if self.bytes.len() + buffer.len() > self.limit {
            self.full = true;
            return Err(std::io::Error::other("the text becomes too long"));
        }
        self.bytes.extend_from_slice(buffer);
        Ok(buffer.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
