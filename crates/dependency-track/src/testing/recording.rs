//! Recorded rows of a real server: the project of `project.get` with the components of `component.list`
//! and the findings of `finding.project`. Placeholders become values, the same one everywhere.

use std::path::Path;

use serde_json::Value;
use uuid::Uuid;

use super::data::{State, now};

pub(super) fn load(state: &mut State, folder: &Path) -> Result<Uuid, String> {
    let read = |name: &str| -> Result<Value, String> {
        let path = folder.join(format!("{name}.json"));
        let told = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        let bytes = std::fs::read(&path).map_err(|e| told(&e))?;
        let mut file: Value = serde_json::from_slice(&bytes).map_err(|e| told(&e))?;
        fill(&mut file);
        Ok(file["response"]["body"].take())
    };
    let list = |value: Value| value.as_array().cloned().unwrap_or_default();
    let project = read("project.get")?;
    let uuid = project["uuid"].as_str().and_then(|text| Uuid::parse_str(text).ok());
    let uuid = uuid.ok_or("project.get: no uuid")?;
    state.projects.push(project);
    state.components.insert(uuid, list(read("component.list")?));
    state.findings.insert(uuid, list(read("finding.project")?));
    state.change_project(uuid, &serde_json::json!({ "lastBomImport": now() }));
    Ok(uuid)
}

fn fill(value: &mut Value) {
    match value {
        Value::String(text) if text == "<millis>" => *value = Value::from(1_780_000_000_000_i64),
        Value::String(text) => {
            *text = text.replace("<timestamp>", "2026-11-23T23:42:51.391Z").replace("<run>", "recorded");
            while let Some((before, rest)) = text.split_once("<uuid:")
                && let Some((number, after)) = rest.split_once('>')
            {
                let number: u64 = number.parse().unwrap_or_default();
                *text = format!("{before}00000000-0000-4000-8000-{number:012x}{after}");
            }
        }
        Value::Array(all) => all.iter_mut().for_each(fill),
        Value::Object(all) => all.values_mut().for_each(fill),
        _ => {}
    }
}
