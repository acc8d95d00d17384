//! The filters and tests of Pebble, and how values are written.

use minijinja::value::{Kwargs, Value, ValueKind};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, HtmlEscape, Output, State};

/// The member that holds the text under which an object shows itself.
pub(super) const TO_STRING: &str = "toString";
/// How long a text may become by a filter (bytes).
const MAX_TEXT: usize = 1024 * 1024;

pub(super) fn install(environment: &mut Environment<'_>) {
    // What could carry a growing value through a loop, or does not exist in Pebble.
    environment.remove_filter("map");
    for name in ["namespace", "dict", "debug", "range"] {
        environment.remove_global(name);
    }
    environment.set_formatter(write);
    environment.add_filter("raw", |value: Value| Value::from_safe_string(text(&value)));
    environment.add_filter("escape", escape);
    environment.add_filter("lower", |value: Value| text(&value).to_lowercase());
    environment.add_filter("upper", |value: Value| text(&value).to_uppercase());
    environment.add_filter("capitalize", capitalize);
    environment.add_filter("trim", |value: Value| text(&value).trim().to_owned());
    environment.add_filter("abbreviate", abbreviate);
    environment.add_filter("default", default);
    environment.add_filter("date", date);
    environment.add_filter("length", length);
    environment.add_filter("replace", replace);
    environment.add_test("empty", is_empty);
    environment.add_test("null", is_null);
    environment.add_test("map", |value: Value| value.kind() == ValueKind::Map);
    environment.add_test("equals", |a: Value, b: Value| a == b);
    environment.add_test("containing", containing);
}

fn is_null(value: &Value) -> bool {
    value.is_undefined() || value.is_none()
}

fn is_empty(value: &Value) -> bool {
    is_null(value) || value.len() == Some(0) || value.as_str().is_some_and(|text| text.trim().is_empty())
}

/// A value as text: nothing for what is missing, the name of an object.
fn text(value: &Value) -> String {
    if is_null(value) {
        return String::new();
    }
    if value.kind() == ValueKind::Bool {
        return value.is_true().to_string();
    }
    if value.kind() == ValueKind::Map
        && let Ok(name) = value.get_attr(TO_STRING)
        && let Some(name) = name.as_str()
    {
        return name.to_owned();
    }
    value.to_string()
}

fn write(out: &mut Output<'_>, state: &State<'_, '_>, value: &Value) -> Result<(), Error> {
    let text = text(value);
    let written = match state.auto_escape() {
        _ if value.is_safe() => out.write_str(&text),
        AutoEscape::None => out.write_str(&text),
        AutoEscape::Html => write!(out, "{}", HtmlEscape(&text)),
        _ => out.write_str(&json_text(&text)),
    };
    written.map_err(Error::from)
}

/// A text as it stands between the quotes of a JSON string.
fn json_text(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    let inner = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    inner.unwrap_or_default().to_owned()
}

fn escape(value: Value, given: Option<String>, kwargs: Kwargs) -> Result<Value, Error> {
    let strategy = match kwargs.get::<Option<String>>("strategy")?.or(given) {
        Some(strategy) => strategy,
        None => "html".to_owned(),
    };
    kwargs.assert_all_used()?;
    let text = text(&value);
    let escaped = match strategy.as_str() {
        "json" | "js" => json_text(&text),
        "html" | "html_attr" => HtmlEscape(&text).to_string(),
        "url_param" => url::form_urlencoded::byte_serialize(text.as_bytes()).collect(),
        other => return Err(refuse(format!("there is no strategy {other:?} of escaping"))),
    };
    Ok(Value::from_safe_string(escaped))
}

fn refuse(text: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidOperation, text.into())
}

fn capitalize(value: Value) -> String {
    let text = text(&value);
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

/// The text, or its beginning and three dots, in all `width` letters.
fn abbreviate(value: Value, width: usize) -> String {
    let text = text(&value);
    if text.chars().count() <= width {
        return text;
    }
    text.chars().take(width.saturating_sub(3)).chain("...".chars().take(width)).collect()
}

fn default(value: Value, given: Option<Value>, kwargs: Kwargs) -> Result<Value, Error> {
    let named = kwargs.get::<Option<Value>>("default")?;
    kwargs.assert_all_used()?;
    Ok(if is_empty(&value) { given.or(named).unwrap_or_default() } else { value })
}

fn length(value: Value) -> usize {
    match value.as_str() {
        Some(text) => text.chars().count(),
        None => value.len().unwrap_or_default(),
    }
}

/// `replace({"from": "to"})`, or two texts.
fn replace(value: Value, what: Value, by: Option<String>) -> Result<String, Error> {
    let mut out = text(&value);
    let pairs = match by {
        Some(by) => vec![(text(&what), by)],
        None => {
            let keys: Vec<Value> = what.try_iter()?.collect();
            let pair = |key: Value| Ok::<_, Error>((text(&key), text(&what.get_item(&key)?)));
            keys.into_iter().map(pair).collect::<Result<_, _>>()?
        }
    };
    for (from, to) in pairs.iter().filter(|(from, _)| !from.is_empty()) {
        if out.len() + out.matches(from.as_str()).count() * to.len() > MAX_TEXT {
            return Err(refuse("the text becomes too long"));
        }
        out = out.replace(from.as_str(), to);
    }
    Ok(out)
}

fn containing(value: Value, part: Value) -> bool {
    match value.as_str() {
        Some(whole) => whole.contains(&text(&part)),
        None => match value.kind() {
            ValueKind::Map => value.get_item(&part).is_ok_and(|found| !found.is_undefined()),
            _ => value.try_iter().is_ok_and(|mut items| items.any(|item| item == part)),
        },
    }
}

/// A time in a format of Java's `SimpleDateFormat`. Numbers are epoch milliseconds, texts ISO 8601;
/// a local time counts as UTC.
fn date(value: Value, format: Option<String>, kwargs: Kwargs) -> Result<String, Error> {
    let named = kwargs.get::<Option<String>>("format")?;
    // Times without zone are what the original makes of these two anyway.
    kwargs.get::<Option<String>>("existingFormat")?;
    kwargs.get::<Option<String>>("timeZone")?;
    kwargs.assert_all_used()?;
    if is_null(&value) {
        return Ok(String::new());
    }
    let given = text(&value);
    let at = match i64::try_from(value.clone()) {
        Ok(at) => chrono::DateTime::from_timestamp_millis(at),
        Err(_) => chrono::DateTime::parse_from_rfc3339(&given)
            .map(|at| at.with_timezone(&chrono::Utc))
            .or_else(|_| given.parse::<chrono::NaiveDateTime>().map(|at| at.and_utc()))
            .ok(),
    };
    let at = at.ok_or_else(|| refuse(format!("{given:?} is no time")))?;
    java_format(at, &format.or(named).unwrap_or_else(|| "yyyy-MM-dd'T'HH:mm:ssZ".to_owned()))
}

fn java_format(at: chrono::DateTime<chrono::Utc>, format: &str) -> Result<String, Error> {
    let mut out = String::new();
    let mut letters = format.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter == '\'' {
            if letters.next_if_eq(&'\'').is_some() {
                out.push('\'');
                continue;
            }
            out.extend(letters.by_ref().take_while(|letter| *letter != '\''));
            continue;
        }
        if !letter.is_ascii_alphabetic() {
            out.push(letter);
            continue;
        }
        let mut width = 1;
        while letters.next_if_eq(&letter).is_some() {
            width += 1;
        }
        let spelled = match (letter, width) {
            ('y' | 'u', 2) => "%y",
            ('y' | 'u', _) => "%Y",
            ('M' | 'L', 1) => "%-m",
            ('M' | 'L', 2) => "%m",
            ('M' | 'L', 3) => "%b",
            ('M' | 'L', _) => "%B",
            ('d', 1) => "%-d",
            ('d', _) => "%d",
            ('D', _) => "%-j",
            ('H', 1) => "%-H",
            ('H', _) => "%H",
            ('h', 1) => "%-I",
            ('h', _) => "%I",
            ('m', 1) => "%-M",
            ('m', _) => "%M",
            ('s', 1) => "%-S",
            ('s', _) => "%S",
            ('S', _) => "%3f",
            ('a', _) => "%p",
            ('E', 1..=3) => "%a",
            ('E', _) => "%A",
            ('z', _) => "UTC",
            ('Z', _) => "+0000",
            ('X', _) => "Z",
            _ => return Err(refuse(format!("the format of times has no letter {letter:?}"))),
        };
        out.push_str(&at.format(spelled).to_string());
    }
    Ok(out)
}
