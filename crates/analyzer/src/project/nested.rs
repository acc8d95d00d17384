//! Contacts, organizations and references inside projects, components and services, as they are sent:
//! read into the members they may have, so that nothing else is stored or answered.

use serde_json::{Map, Value, json};

use crate::server::{Error, Result};

fn unmapped(path: &str, wanted: &str) -> Error {
    Error::problem("The provided JSON payload could not be mapped", format!("{path} is not {wanted}"))
}

fn texts(from: &Map<String, Value>, names: &[&str], path: &str) -> Result<Map<String, Value>> {
    let mut out = Map::new();
    for name in names {
        match from.get(*name) {
            None | Some(Value::Null) => {}
            Some(Value::String(text)) => {
                let text = text.trim();
                if !text.is_empty() {
                    out.insert((*name).to_owned(), json!(text));
                }
            }
            Some(_) => return Err(unmapped(&format!("{path}.{name}"), "a text")),
        }
    }
    Ok(out)
}

fn list<'a>(value: &'a Value, path: &str) -> Result<Vec<&'a Map<String, Value>>> {
    let items = value.as_array().ok_or_else(|| unmapped(path, "a list"))?;
    items.iter().map(|item| item.as_object().ok_or_else(|| unmapped(path, "a list of objects"))).collect()
}

/// `[{name, email, phone}]`.
///
/// # Errors
/// 400 when it has another shape.
pub(crate) fn contacts(value: &Value, path: &str) -> Result<Value> {
    list(value, path)?
        .into_iter()
        .map(|contact| Ok(Value::from(texts(contact, &["name", "email", "phone"], path)?)))
        .collect()
}

/// `{name, urls, contacts}`; `url` is taken for `urls`.
///
/// # Errors
/// 400 when it has another shape.
pub(crate) fn organization(value: &Value, path: &str) -> Result<Value> {
    let from = value.as_object().ok_or_else(|| unmapped(path, "an object"))?;
    let mut out = texts(from, &["name"], path)?;
    let urls = from.get("urls").or_else(|| from.get("url")).filter(|urls| !urls.is_null());
    if let Some(urls) = urls {
        let urls = urls.as_array().ok_or_else(|| unmapped(&format!("{path}.urls"), "a list"))?;
        let urls: Vec<&str> = urls.iter().filter_map(Value::as_str).collect();
        out.insert("urls".to_owned(), json!(urls));
    }
    let whom = from.get("contacts").or_else(|| from.get("contact")).filter(|whom| !whom.is_null());
    if let Some(whom) = whom {
        out.insert("contacts".to_owned(), contacts(whom, &format!("{path}.contacts"))?);
    }
    Ok(out.into())
}

/// `[{type, url, comment}]`.
///
/// # Errors
/// 400 when it has another shape.
pub(crate) fn references(value: &Value, path: &str) -> Result<Value> {
    list(value, path)?
        .into_iter()
        .map(|reference| Ok(Value::from(texts(reference, &["type", "url", "comment"], path)?)))
        .collect()
}
