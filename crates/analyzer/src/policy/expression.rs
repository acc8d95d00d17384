//! Conditions in the Common Expression Language (behaviour reference §8.6): the variables
//! `component`, `project`, `vulns` and `now`, in the names of Dependency-Track 5, and functions over
//! versions, age and licences. What cannot be decided, because a member is missing, is not met.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use cel::extractors::This;
use cel::objects::{Key, Map};
use cel::{Context, Env, ExecutionError, Value};
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Value as Json, json};

use super::facts::Subject;
use super::licence::Expression;
use super::period::{Distance, Period};
use super::rule::Comparison;
use super::vers;

static ENV: LazyLock<Arc<Env>> = LazyLock::new(|| Arc::new(Env::stdlib()));

/// Functions of the language that an expression may call, by name; operators have no letters first.
const STANDARD: [&str; 34] = [
    "all",
    "bool",
    "bytes",
    "contains",
    "double",
    "duration",
    "dyn",
    "endsWith",
    "exists",
    "exists_one",
    "filter",
    "getDate",
    "getDayOfMonth",
    "getDayOfWeek",
    "getDayOfYear",
    "getFullYear",
    "getHours",
    "getMilliseconds",
    "getMinutes",
    "getMonth",
    "getSeconds",
    "has",
    "in",
    "int",
    "map",
    "matches",
    "max",
    "min",
    "size",
    "startsWith",
    "string",
    "timestamp",
    "type",
    "uint",
];

const OURS: [&str; 5] =
    ["matches_range", "compare_age", "version_distance", "spdx_expr_allows", "spdx_expr_requires_any"];

/// Members that are points in time, in epoch milliseconds.
const TIMES: [&str; 5] =
    ["published", "updated", "last_bom_import", "published_at", "latest_version_published_at"];

/// What is wrong with an expression, and where (from 1).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Fault {
    pub line: i64,
    pub column: i64,
    pub message: String,
}

/// A compiled expression.
pub(super) struct Program {
    program: cel::Program,
    wanted: bool,
}

/// Where a text first occurs.
fn place(expression: &str, text: &str) -> (i64, i64) {
    let before = expression.find(text).and_then(|at| expression.get(..at)).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (i64::try_from(line).unwrap_or(1), i64::try_from(column).unwrap_or(1))
}

impl Program {
    /// Compiles an expression; it is met when the expression is `wanted`.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub(super) fn new(expression: &str, wanted: bool) -> Result<Program, Vec<Fault>> {
        let program = ENV.compile(expression).map_err(|errors| {
            let fault = |error: cel::ParseError| {
                let (line, column) = (error.pos.0, error.pos.1);
                Fault {
                    line: i64::try_from(line).unwrap_or(1),
                    column: i64::try_from(column).unwrap_or(1),
                    message: error.msg,
                }
            };
            errors.errors.into_iter().map(fault).collect::<Vec<_>>()
        })?;
        let references = program.references();
        let unknown = references.functions().into_iter().filter(|name| {
            name.starts_with(|c: char| c.is_ascii_alphabetic())
                && !STANDARD.contains(name)
                && !OURS.contains(name)
        });
        let faults: Vec<Fault> = unknown
            .map(|name| {
                let (line, column) = place(expression, name);
                Fault { line, column, message: format!("undeclared reference to '{name}'") }
            })
            .collect();
        if !faults.is_empty() {
            return Err(faults);
        }
        let program = Program { program, wanted };
        // A name that nobody declares shows when it is evaluated, on something without members.
        let empty = || value(&json!({}));
        let vulns = Value::List(Arc::new(vec![empty()]));
        if let Err(ExecutionError::UndeclaredReference(name)) = program.execute(empty(), empty(), vulns) {
            let (line, column) = place(expression, &name);
            return Err(vec![Fault { line, column, message: format!("undeclared reference to '{name}'") }]);
        }
        Ok(program)
    }

    fn execute(&self, component: Value, project: Value, vulns: Value) -> Result<Value, ExecutionError> {
        let mut context = Context::with_env(ENV.clone());
        // The names are free in the standard environment.
        let added = [
            context.add_function("matches_range", matches_range),
            context.add_function("compare_age", compare_age),
            context.add_function("version_distance", version_distance),
            context.add_function("spdx_expr_allows", allows),
            context.add_function("spdx_expr_requires_any", requires_any),
        ];
        if let Some(error) = added.into_iter().find_map(Result::err) {
            tracing::error!(%error, "a function of expressions is declared twice");
        }
        context.add_variable_from_value("component", component);
        context.add_variable_from_value("project", project);
        context.add_variable_from_value("vulns", vulns);
        context.add_variable_from_value("now", Value::Timestamp(Utc::now().fixed_offset()));
        self.program.execute(&context)
    }

    /// Whether a component meets the expression.
    pub(super) fn is_met(&self, subject: &Subject<'_>) -> bool {
        let vulns = subject.flaws.iter().map(|flaw| value(&flaw.described)).collect();
        let result = self.execute(
            value(&described(subject)),
            value(&subject.project.described),
            Value::List(Arc::new(vulns)),
        );
        result == Ok(Value::Bool(self.wanted))
    }
}

/// A component as expressions see it.
fn described(subject: &Subject<'_>) -> Json {
    let component = subject.component;
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let detail = |name: &str| subject.details.get(name).cloned().unwrap_or_else(|| json!(""));
    let mut out = json!({
        "uuid": component.uuid,
        "group": text(&component.group_name),
        "name": component.name,
        "version": text(&component.version),
        "classifier": component.classifier,
        "cpe": text(&component.cpe),
        "purl": text(&component.purl),
        "swid_tag_id": text(&component.swid_tag_id),
        "is_internal": subject.is_internal,
        "is_direct_dependency": subject.is_direct,
        "license_name": detail("license"),
        "license_expression": match &component.licence_id {
            Some(id) => json!(id),
            None => detail("licenseExpression"),
        },
    });
    let Some(object) = out.as_object_mut() else { return out };
    for name in [
        "md5",
        "sha1",
        "sha256",
        "sha384",
        "sha512",
        "sha3_256",
        "sha3_384",
        "sha3_512",
        "blake2b_256",
        "blake2b_384",
        "blake2b_512",
        "blake3",
    ] {
        object.insert(name.to_owned(), detail(name));
    }
    if let Some(licence) = subject.resolved_licence() {
        object.insert("resolved_license".to_owned(), licence);
    }
    if let Some(latest) = subject.latest {
        if let Some(version) = &latest.version {
            object.insert("latest_version".to_owned(), json!(version));
        }
        if let Some(at) = latest.published_at {
            object.insert("published_at".to_owned(), json!(at));
            object.insert("latest_version_published_at".to_owned(), json!(at));
        }
    }
    out
}

/// JSON as a value of the language.
fn value(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(yes) => Value::Bool(*yes),
        Json::Number(number) => match number.as_i64() {
            Some(whole) => Value::Int(whole),
            None => Value::Float(number.as_f64().unwrap_or_default()),
        },
        Json::String(text) => Value::String(Arc::new(text.clone())),
        Json::Array(list) => Value::List(Arc::new(list.iter().map(value).collect())),
        Json::Object(members) => {
            let member = |(name, json): (&String, &Json)| {
                let at = json.as_i64().filter(|_| TIMES.contains(&name.as_str()));
                let at = at.and_then(DateTime::from_timestamp_millis);
                let value = at.map_or_else(|| value(json), |at| Value::Timestamp(at.fixed_offset()));
                (Key::String(Arc::new(name.clone())), value)
            };
            let map: HashMap<Key, Value> = members.iter().map(member).collect();
            Value::Map(Map { map: Arc::new(map) })
        }
    }
}

fn member(value: &Value, name: &str) -> Option<Value> {
    match value {
        Value::Map(map) => map.map.get(&Key::String(Arc::new(name.to_owned()))).cloned(),
        _ => None,
    }
}

fn text(value: &Value, name: &str) -> Option<String> {
    match member(value, name) {
        Some(Value::String(text)) if !text.is_empty() => Some(text.as_str().to_owned()),
        _ => None,
    }
}

/// `component.matches_range("vers:npm/>=1.0.0|<2.0.0")`
fn matches_range(This(this): This<Value>, range: Arc<String>) -> bool {
    text(&this, "version").and_then(|version| vers::contains(&range, &version)).unwrap_or_default()
}

/// `component.compare_age(">", "P1Y")`
fn compare_age(This(this): This<Value>, operator: Arc<String>, period: Arc<String>) -> bool {
    let Some(Value::Timestamp(published)) = member(&this, "published_at") else { return false };
    let (Some(comparison), Some(period)) = (Comparison::of(&operator), Period::parse(&period)) else {
        return false;
    };
    let order = period.compare(published.with_timezone(&Utc).date_naive(), Utc::now().date_naive());
    order.is_some_and(|order| comparison.holds(order))
}

/// `component.version_distance(">=", {"major": "1", "minor": "?"})`, of a direct dependency or not.
fn version_distance(This(this): This<Value>, operator: Arc<String>, distance: Value) -> bool {
    let wanted = match &distance {
        Value::String(text) => Distance::parse(text),
        Value::Map(map) => {
            let members = map.map.iter().filter_map(|(key, value)| match (key, value) {
                (Key::String(key), Value::String(text)) => Some((key.to_string(), json!(text.as_str()))),
                (Key::String(key), Value::Int(number)) => Some((key.to_string(), json!(number))),
                _ => None,
            });
            Distance::parse(&Json::Object(members.collect()).to_string())
        }
        _ => None,
    };
    let versions = text(&this, "version").zip(text(&this, "latest_version"));
    let between = versions.and_then(|(own, latest)| Distance::between(&own, &latest));
    match (Comparison::of(&operator), between, wanted) {
        (Some(comparison), Some(between), Some(wanted)) => comparison.holds(between.compare(&wanted)),
        _ => false,
    }
}

fn is_listed(ids: &[Value], id: &str) -> bool {
    ids.iter().any(|one| matches!(one, Value::String(text) if text.eq_ignore_ascii_case(id)))
}

fn is_known(id: &str) -> bool {
    sbom::licence_by_id(id).is_some()
}

/// `spdx_expr_allows("MIT OR GPL-3.0-only", ["MIT"])`: whether these licences suffice.
fn allows(expression: Arc<String>, ids: Arc<Vec<Value>>) -> bool {
    Expression::parse(&expression).is_met(&is_known, &|id| is_listed(&ids, id))
}

/// `spdx_expr_requires_any("MIT AND GPL-3.0-only", ["GPL-3.0-only"])`: whether there is no way around
/// these licences.
fn requires_any(expression: Arc<String>, ids: Arc<Vec<Value>>) -> bool {
    !Expression::parse(&expression).is_met(&is_known, &|id| !is_listed(&ids, id))
}
