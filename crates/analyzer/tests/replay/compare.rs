//! Whether an answer is alike a recorded one: same keys, same types, and the same values outside
//! the placeholders, each of which stands for one value throughout.

use std::collections::HashMap;

use serde_json::Value;

/// How a step wants to be compared.
#[derive(Default, serde::Deserialize)]
pub struct Rules {
    #[serde(default)]
    ordered: bool,
    mode: Option<String>,
    #[serde(default)]
    ignore: Vec<String>,
}

/// Members that this analyzer tells beyond the original, which its clients pass over: why a component
/// is affected and what fixes it, the details of a decision, which rule chose a severity, whether a flaw
/// is exploited, scores of vectors that the original leaves out for OSV, the project of an upload, and how
/// many vulnerabilities have a tag.
const BEYOND: &[&str] = &[
    "projectUuid",
    "vulnerabilityCount",
    "range",
    "versionOrder",
    "fixedVersion",
    "analyzers",
    "detail",
    "severityRule",
    "knownExploited",
    "cvssV3BaseScore",
    "cvssV3ImpactSubScore",
    "cvssV3ExploitabilitySubScore",
    "cvssV4Score",
    "hasOccurrences",
    "projectName",
    "projectVersion",
];

/// What placeholders stood for so far.
pub type Known = HashMap<String, String>;

/// Compares two bodies.
pub fn bodies(wanted: &Value, got: &Value, rules: &Rules, known: &mut Known) -> Result<(), String> {
    if rules.ignore.iter().any(|path| path == "$") {
        return Ok(());
    }
    if let Some(mode) = &rules.mode {
        return alike_types("$", wanted, got, mode == "types");
    }
    let mut trail = Vec::new();
    same("$", wanted, got, rules, known, &mut trail)
}

/// Compares two texts, binding a placeholder that was not seen before.
pub fn text(wanted: &str, got: &str, known: &mut Known) -> bool {
    texts(wanted, got, known, &mut Vec::new())
}

fn same(
    path: &str,
    wanted: &Value,
    got: &Value,
    rules: &Rules,
    known: &mut Known,
    trail: &mut Vec<String>,
) -> Result<(), String> {
    if rules.ignore.iter().any(|ignored| ignored == &plain(path)) {
        return Ok(());
    }
    match (wanted, got) {
        (Value::Object(wanted), Value::Object(got)) => {
            // A placeholder in a name stands for what it is known to stand for.
            let name = |key: &String| match key.contains('<') {
                true => known.iter().fold(key.clone(), |key, (holder, value)| key.replace(holder, value)),
                false => key.clone(),
            };
            let wanted: serde_json::Map<String, Value> =
                wanted.iter().map(|(key, value)| (name(key), value.clone())).collect();
            for (key, value) in &wanted {
                let path = format!("{path}.{key}");
                // A PATCH without isLatest leaves it as it is; the original resets it, which shows
                // wherever the project does (a bug by the behaviour reference 3.3).
                let place = plain(&path);
                if place.ends_with(".project.isLatest") || place.ends_with(".projects[*].isLatest") {
                    continue;
                }
                match got.get(key) {
                    Some(got) => same(&path, value, got, rules, known, trail)?,
                    None if rules.ignore.contains(&plain(&path)) => {}
                    None => return Err(format!("{path} is missing")),
                }
            }
            match got.keys().find(|key| {
                !wanted.contains_key(*key)
                    && !BEYOND.contains(&key.as_str())
                    && !rules.ignore.contains(&plain(&format!("{path}.{key}")))
            }) {
                Some(key) => Err(format!("{path}.{key} is not in the recording")),
                None => Ok(()),
            }
        }
        (Value::Array(wanted), Value::Array(got)) => {
            if wanted.len() != got.len() {
                return Err(format!("{path} has {} elements instead of {}", got.len(), wanted.len()));
            }
            if rules.ordered {
                for (n, (wanted, got)) in wanted.iter().zip(got).enumerate() {
                    same(&format!("{path}[{n}]"), wanted, got, rules, known, trail)?;
                }
                return Ok(());
            }
            let mut free: Vec<&Value> = got.iter().collect();
            for (n, wanted) in wanted.iter().enumerate() {
                let path = format!("{path}[{n}]");
                let mut nearest = None;
                let mut found = None;
                for (at, got) in free.iter().enumerate() {
                    let mark = trail.len();
                    match same(&path, wanted, got, rules, known, trail) {
                        Ok(()) => {
                            found = Some(at);
                            break;
                        }
                        Err(why) => {
                            for bound in trail.drain(mark..) {
                                known.remove(&bound);
                            }
                            // The deepest place is the most telling.
                            if nearest
                                .as_ref()
                                .is_none_or(|n: &String| n.matches('.').count() < why.matches('.').count())
                            {
                                nearest = Some(why);
                            }
                        }
                    }
                }
                match found {
                    Some(at) => {
                        free.remove(at);
                    }
                    None => {
                        let wanted: String = wanted.to_string().chars().take(200).collect();
                        return Err(format!("{} (wanted {wanted})", nearest.unwrap_or(path)));
                    }
                }
            }
            Ok(())
        }
        // JSON inside a text: the order of members means nothing there either.
        (Value::String(wanted_text), Value::String(got_text))
            if wanted_text.starts_with("[{") && got_text.starts_with("[{") =>
        {
            match (serde_json::from_str(wanted_text), serde_json::from_str(got_text)) {
                (Ok(wanted), Ok(got)) => same(path, &wanted, &got, rules, known, trail),
                _ => Err(format!("{path} is not JSON")),
            }
        }
        (Value::String(wanted), Value::String(got)) => {
            if texts(wanted, got, known, trail) {
                Ok(())
            } else {
                Err(format!("{path} is {got:?} instead of {wanted:?}"))
            }
        }
        (Value::String(wanted), Value::Number(_)) if wanted == "<millis>" => Ok(()),
        (Value::Number(a), Value::Number(b)) if a.as_f64() == b.as_f64() => Ok(()),
        (wanted, got) if wanted == got => Ok(()),
        (wanted, got) => {
            let got: String = got.to_string().chars().take(120).collect();
            let wanted: String = wanted.to_string().chars().take(120).collect();
            Err(format!("{path} is {got} instead of {wanted}"))
        }
    }
}

/// The path with every index written `*`.
fn plain(path: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for c in path.chars() {
        match c {
            '[' => {
                inside = true;
                out.push_str("[*]");
            }
            ']' => inside = false,
            _ if inside => {}
            _ => out.push(c),
        }
    }
    out
}

fn texts(wanted: &str, got: &str, known: &mut Known, trail: &mut Vec<String>) -> bool {
    let Some((before, rest)) = wanted.split_once('<') else { return wanted == got };
    let Some((name, after)) = rest.split_once('>') else { return wanted == got };
    let Some(got) = got.strip_prefix(before) else { return false };
    let whole = format!("<{name}>");
    if let Some(value) = known.get(&whole) {
        let value = value.clone();
        return got.strip_prefix(value.as_str()).is_some_and(|rest| texts(after, rest, known, trail));
    }
    if name.starts_with("uuid:") {
        let Some((uuid, rest)) = got.split_at_checked(36) else { return false };
        if uuid.matches('-').count() != 4 {
            return false;
        }
        known.insert(whole.clone(), uuid.to_owned());
        trail.push(whole);
        return texts(after, rest, known, trail);
    }
    let placeholder = matches!(
        name,
        "millis" | "timestamp" | "secret" | "public-id" | "masked-key" | "year" | "md5" | "sha1"
    ) || name.starts_with("secret:");
    if !placeholder {
        // Markup, not a placeholder.
        return got.strip_prefix('<').is_some_and(|got| texts(&format!("{name}>{after}"), got, known, trail));
    }
    // Any text up to what follows the placeholder.
    match after.split('<').next() {
        None | Some("") if after.is_empty() => !got.is_empty(),
        Some(next) if !next.is_empty() => got
            .find(next)
            .is_some_and(|at| got.get(at..).is_some_and(|rest| texts(after, rest, known, trail))),
        _ => true,
    }
}

/// Same types (and, unless only types matter, the same keys).
fn alike_types(path: &str, wanted: &Value, got: &Value, only_types: bool) -> Result<(), String> {
    match (wanted, got) {
        (Value::Object(wanted), Value::Object(got)) if !only_types => {
            for (key, value) in wanted {
                let Some(got) = got.get(key) else { return Err(format!("{path}.{key} is missing")) };
                alike_types(&format!("{path}.{key}"), value, got, only_types)?;
            }
            Ok(())
        }
        (Value::Array(wanted), Value::Array(got)) => match (wanted.first(), got.first()) {
            (Some(wanted), Some(got)) => alike_types(&format!("{path}[0]"), wanted, got, only_types),
            _ => Ok(()),
        },
        (Value::String(text), Value::Number(_)) if text == "<millis>" => Ok(()),
        (wanted, got) if std::mem::discriminant(wanted) == std::mem::discriminant(got) => Ok(()),
        _ => Err(format!("{path} has another type")),
    }
}
