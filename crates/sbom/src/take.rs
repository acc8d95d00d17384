//! Taking a JSON value apart, member by member.
//!
//! A member of a wrong type (in a document that was not
//! validated) is simply absent. What stands where something else should and can pass for it is
//! taken: `"version": 5`, and everything that came from XML, where all values are texts.

pub(crate) use crate::value::{Object, Value};

pub(crate) fn object(value: Value<'_>) -> Object<'_> {
    some_object(value).unwrap_or_default()
}

pub(crate) fn some_object(value: Value<'_>) -> Option<Object<'_>> {
    match value {
        Value::Object(object) => Some(object),
        _ => None,
    }
}

pub(crate) fn member<'a>(from: &mut Object<'a>, name: &str) -> Option<Object<'a>> {
    from.remove(name).and_then(some_object)
}

pub(crate) fn text(from: &mut Object<'_>, name: &str) -> Option<String> {
    as_text(from.remove(name)?)
}

pub(crate) fn as_text(value: Value<'_>) -> Option<String> {
    match value {
        Value::String(text) => Some(text.into_owned()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        _ => None,
    }
}

/// A list of texts, or one text that stands for a list of one.
pub(crate) fn texts(from: &mut Object<'_>, name: &str) -> Vec<String> {
    match from.remove(name) {
        Some(Value::Array(items)) => items.into_iter().filter_map(as_text).collect(),
        Some(value) => as_text(value).into_iter().collect(),
        None => Vec::new(),
    }
}

pub(crate) fn integer(from: &mut Object<'_>, name: &str) -> Option<i64> {
    match from.remove(name)? {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// A finite number.
pub(crate) fn number(from: &mut Object<'_>, name: &str) -> Option<f64> {
    let number = match from.remove(name)? {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.filter(|number| number.is_finite())
}

/// A truth value; in XML, `1` and `0` are others (XML Schema part 2, section 3.2.2).
pub(crate) fn flag(from: &mut Object<'_>, name: &str) -> Option<bool> {
    match from.remove(name)? {
        Value::Bool(flag) => Some(flag),
        Value::String(text) => match text.trim() {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

pub(crate) fn list<'a, T>(from: &mut Object<'a>, name: &str, read: impl Fn(Object<'a>) -> T) -> Vec<T> {
    match from.remove(name) {
        Some(Value::Array(items)) => items.into_iter().filter_map(some_object).map(read).collect(),
        _ => Vec::new(),
    }
}
