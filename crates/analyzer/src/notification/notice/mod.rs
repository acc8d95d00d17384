//! What is told, before it takes the form of a receiver. The subject holds everything that any form
//! needs; [`v4`] and [`v5`] choose from it.

mod block;
mod dummy;
mod dummy5;
mod v4;
mod v5;

pub(super) use block::{component, project, projects, vulnerability};

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A notification.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Notice {
    pub id: String,
    pub scope: String,
    pub group: String,
    pub level: String,
    /// Epoch milliseconds.
    pub at: i64,
    pub title: String,
    pub content: String,
    /// Null where there is nothing but the words.
    pub subject: Value,
    /// Whether a rule is tried with it; version 5 says so.
    #[serde(default)]
    pub is_test: bool,
}

impl Notice {
    /// A notification of now.
    pub(super) fn new(
        (scope, group, level): (&str, &str, &str),
        title: impl Into<String>,
        content: impl Into<String>,
        subject: Value,
    ) -> Notice {
        Notice {
            id: uuid::Uuid::new_v4().to_string(),
            scope: scope.to_owned(),
            group: group.to_owned(),
            level: level.to_owned(),
            at: storage::now_ms(),
            title: title.into(),
            content: content.into(),
            subject,
            is_test: false,
        }
    }

    /// The made-up notification of a group with which a rule is tried.
    pub(super) fn test(scope: &str, group: &str, version: Version) -> Notice {
        match version {
            Version::V4 => dummy::notice(scope, group),
            Version::V5 => dummy5::notice(scope, group),
        }
    }

    /// `{"notification": {…}}` as a receiver of this version of Dependency-Track expects it.
    pub(super) fn payload(&self, version: Version) -> Value {
        match version {
            Version::V4 => v4::payload(self),
            Version::V5 => v5::payload(self),
        }
    }
}

/// Whose receivers are to understand it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    V4,
    V5,
}

impl Version {
    /// `4` or `5`, also with a minor version.
    pub(super) fn parse(text: &str) -> Option<Version> {
        match text.trim().trim_start_matches('v').split('.').next() {
            Some("4") => Some(Version::V4),
            Some("5") => Some(Version::V5),
            _ => None,
        }
    }
}

/// `2024-05-27T23:26:22Z`.
pub(super) fn iso(at: i64) -> String {
    time(at, "%Y-%m-%dT%H:%M:%SZ")
}

/// A time (epoch milliseconds) in this format; the epoch for one that cannot be.
fn time(at: i64, format: &str) -> String {
    chrono::DateTime::from_timestamp_millis(at).unwrap_or_default().format(format).to_string()
}

/// Applies a change to every object that stands under one of these names, however deep.
fn each(value: &mut Value, names: &[&str], change: &dyn Fn(&mut serde_json::Map<String, Value>)) {
    match value {
        Value::Array(list) => list.iter_mut().for_each(|item| each(item, names, change)),
        Value::Object(object) => {
            for (name, member) in object.iter_mut() {
                each(member, names, change);
                if names.contains(&name.as_str()) {
                    match member {
                        Value::Object(found) => change(found),
                        Value::Array(list) => {
                            list.iter_mut().filter_map(Value::as_object_mut).for_each(change)
                        }
                        _ => {}
                    }
                }
            }
        }
        _ => {}
    }
}

const PROJECTS: &[&str] = &["project", "affectedProjects"];
const VULNERABILITIES: &[&str] = &["vulnerability", "vulnerabilities"];
