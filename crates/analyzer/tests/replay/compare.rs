//! Whether an answer is alike a recorded one: same keys, same types, and the same values outside
//! the placeholders, each of which stands for one value throughout.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::listed::{Kind, Listed};

/// How a step wants to be compared.
#[derive(Default, serde::Deserialize)]
pub struct Rules {
    #[serde(default)]
    ordered: bool,
    mode: Option<String>,
    #[serde(default)]
    ignore: Vec<String>,
}

/// What placeholders stood for so far.
pub type Known = HashMap<String, String>;

/// Compares two bodies: what differs and is not listed, and the lines that excused something.
pub fn bodies(
    wanted: &Value,
    got: &Value,
    rules: &Rules,
    known: &mut Known,
    listed: &Listed,
) -> (Vec<String>, Vec<usize>) {
    if rules.ignore.iter().any(|path| path == "$") {
        return (Vec::new(), Vec::new());
    }
    let mut comparison = Comparison { rules, known, listed, trail: Vec::new(), excuses: Vec::new() };
    let different = match &rules.mode {
        Some(mode) => comparison.alike_types("$", wanted, got, mode == "types"),
        None => comparison.same("$", wanted, got),
    };
    (different, comparison.excuses)
}

/// Compares two texts, binding a placeholder that was not seen before.
pub fn text(wanted: &str, got: &str, known: &mut Known) -> bool {
    texts(wanted, got, known, &mut Vec::new())
}

struct Comparison<'a> {
    rules: &'a Rules,
    known: &'a mut Known,
    listed: &'a Listed,
    /// Placeholders that were bound, to be forgotten when an element turns out to be another one.
    trail: Vec<String>,
    excuses: Vec<usize>,
}

impl Comparison<'_> {
    fn ignores(&self, path: &str) -> bool {
        self.rules.ignore.iter().any(|ignored| *ignored == plain(path))
    }

    fn mark(&self) -> (usize, usize) {
        (self.trail.len(), self.excuses.len())
    }

    fn back(&mut self, (trail, excuses): (usize, usize)) {
        for bound in self.trail.drain(trail..) {
            self.known.remove(&bound);
        }
        self.excuses.truncate(excuses);
    }

    /// What differs at a place, if it is not listed.
    fn differs(&mut self, path: &str, kind: Kind, why: String) -> Vec<String> {
        match self.listed.excuse(&plain(path), kind) {
            Some(line) => {
                self.excuses.push(line);
                Vec::new()
            }
            None => vec![why],
        }
    }

    fn same(&mut self, path: &str, wanted: &Value, got: &Value) -> Vec<String> {
        if self.ignores(path) {
            return Vec::new();
        }
        let mark = self.mark();
        let different = self.inside(path, wanted, got);
        self.unless_listed(path, mark, different)
    }

    /// What differs at a place and below, unless the place is listed as a whole.
    fn unless_listed(&mut self, path: &str, mark: (usize, usize), different: Vec<String>) -> Vec<String> {
        if !different.is_empty()
            && let Some(line) = self.listed.excuse(&plain(path), Kind::Other)
        {
            self.back(mark);
            self.excuses.push(line);
            return Vec::new();
        }
        different
    }

    fn inside(&mut self, path: &str, wanted: &Value, got: &Value) -> Vec<String> {
        let different = |is_different: bool| match is_different {
            false => Vec::new(),
            true => {
                // Long texts are shown from where they part.
                let (got, wanted) = (got.to_string(), wanted.to_string());
                let alike = got.chars().zip(wanted.chars()).take_while(|(a, b)| a == b).count();
                let cut =
                    |text: &str| text.chars().skip(alike.saturating_sub(60)).take(160).collect::<String>();
                vec![format!("{path} is {} instead of {}", cut(&got), cut(&wanted))]
            }
        };
        match (wanted, got) {
            (Value::Object(wanted), Value::Object(got)) => self.objects(path, wanted, got),
            (Value::Array(wanted), Value::Array(got)) => self.arrays(path, wanted, got),
            // JSON inside a text: the order of members means nothing there either.
            (Value::String(wanted_text), Value::String(got_text))
                if ["[{", "{\""]
                    .iter()
                    .any(|start| wanted_text.starts_with(start) && got_text.starts_with(start)) =>
            {
                match (serde_json::from_str(wanted_text), serde_json::from_str(got_text)) {
                    (Ok(wanted), Ok(got)) => self.same(path, &wanted, &got),
                    _ => vec![format!("{path} is not JSON")],
                }
            }
            (Value::String(wanted), Value::String(got)) => {
                different(!texts(wanted, got, self.known, &mut self.trail))
            }
            (Value::String(wanted), Value::Number(_)) if wanted == "<millis>" => Vec::new(),
            (Value::Number(a), Value::Number(b)) => different(a.as_f64() != b.as_f64()),
            (wanted, got) => different(wanted != got),
        }
    }

    fn objects(&mut self, path: &str, wanted: &Map<String, Value>, got: &Map<String, Value>) -> Vec<String> {
        // A placeholder in a name stands for what it is known to stand for.
        let name = |key: &String| match key.contains('<') {
            true => self.known.iter().fold(key.clone(), |key, (holder, value)| key.replace(holder, value)),
            false => key.clone(),
        };
        let wanted: Map<String, Value> =
            wanted.iter().map(|(key, value)| (name(key), value.clone())).collect();
        let mut different = Vec::new();
        for (key, value) in &wanted {
            let path = format!("{path}.{key}");
            match got.get(key) {
                Some(got) => different.extend(self.same(&path, value, got)),
                None if self.ignores(&path) => {}
                None => different.extend(self.differs(&path, Kind::Missing, format!("{path} is missing"))),
            }
        }
        for (key, value) in got.iter().filter(|(key, _)| !wanted.contains_key(*key)) {
            let path = format!("{path}.{key}");
            if !self.ignores(&path) {
                let value: String = value.to_string().chars().take(40).collect();
                let why = format!("{path} = {value} is not in the recording");
                different.extend(self.differs(&path, Kind::Additional, why));
            }
        }
        different
    }

    fn arrays(&mut self, path: &str, wanted: &[Value], got: &[Value]) -> Vec<String> {
        if wanted.len() != got.len() {
            return vec![format!("{path} has {} elements instead of {}", got.len(), wanted.len())];
        }
        let mut different = Vec::new();
        if self.rules.ordered {
            for (n, (wanted, got)) in wanted.iter().zip(got).enumerate() {
                different.extend(self.same(&format!("{path}[{n}]"), wanted, got));
            }
            return different;
        }
        let mut free: Vec<&Value> = got.iter().collect();
        for (n, wanted) in wanted.iter().enumerate() {
            let path = format!("{path}[{n}]");
            let mut nearest: Option<(usize, Vec<String>)> = None;
            for (at, got) in free.iter().enumerate() {
                let mark = self.mark();
                let why = self.same(&path, wanted, got);
                let is_found = why.is_empty();
                if nearest.as_ref().is_none_or(|(_, nearest)| why.len() < nearest.len()) {
                    nearest = Some((at, why));
                }
                if is_found {
                    break;
                }
                self.back(mark);
            }
            // The elements that differ least belong together.
            if let Some((at, why)) = nearest {
                free.remove(at);
                different.extend(why);
            }
        }
        different
    }

    /// Same types (and, unless only types matter, the keys of the recording).
    fn alike_types(&mut self, path: &str, wanted: &Value, got: &Value, only_types: bool) -> Vec<String> {
        let mark = self.mark();
        let different = self.types_inside(path, wanted, got, only_types);
        self.unless_listed(path, mark, different)
    }

    fn types_inside(&mut self, path: &str, wanted: &Value, got: &Value, only_types: bool) -> Vec<String> {
        match (wanted, got) {
            (Value::Object(wanted), Value::Object(got)) if !only_types => {
                let mut different = Vec::new();
                for (key, value) in wanted {
                    let path = format!("{path}.{key}");
                    different.extend(match got.get(key) {
                        Some(got) => self.alike_types(&path, value, got, only_types),
                        None => self.differs(&path, Kind::Missing, format!("{path} is missing")),
                    });
                }
                different
            }
            (Value::Array(wanted), Value::Array(got)) => match (wanted.first(), got.first()) {
                (Some(wanted), Some(got)) => self.alike_types(&format!("{path}[0]"), wanted, got, only_types),
                _ => Vec::new(),
            },
            (Value::String(text), Value::Number(_)) if text == "<millis>" => Vec::new(),
            (wanted, got) if std::mem::discriminant(wanted) == std::mem::discriminant(got) => Vec::new(),
            _ => vec![format!("{path} has another type")],
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
