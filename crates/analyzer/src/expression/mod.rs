//! Expressions in the Common Expression Language: reading them, saying what is wrong with one and
//! where, and the values of the language. What an expression is about is a [`Language`].

mod check;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, LazyLock};

use cel::common::types::Type;
use cel::common::value::{CowVal, Val};
use cel::objects::{Key, Map};
use cel::{Context, Env, ExecutionError, StructType, Value};
use chrono::DateTime;
use serde::Serialize;
use serde_json::Value as Json;

/// What expressions of one kind may name.
pub(crate) struct Language {
    /// The variables, each with its members; without members anything may be asked of it.
    pub variables: &'static [(&'static str, &'static [&'static str])],
    /// Functions beside those of the language.
    pub functions: &'static [&'static str],
    /// The objects that an expression can make, each with its members.
    pub types: &'static [(&'static str, &'static [&'static str])],
}

/// Objects that an expression can make: each is a map of its members.
pub(crate) const LITERALS: [&str; 2] = ["v1.Component", "v1.VersionDistance"];

static ENV: LazyLock<Arc<Env>> = LazyLock::new(|| {
    let mut env = Env::stdlib();
    if let Err(error) = env.add_extension(cel::extensions::strings) {
        tracing::error!(%error, "the functions of texts cannot be added to expressions");
    }
    for name in LITERALS {
        if let Err(error) = env.add_type(Literal(Type::new_struct(name.to_owned()))) {
            tracing::error!(%error, name, "a type of expressions is declared twice");
        }
    }
    Arc::new(env)
});

struct Literal(Type);

impl StructType for Literal {
    fn get_type(&self) -> &Type {
        &self.0
    }

    fn new_value<'b, 'v>(
        &self,
        fields: BTreeMap<String, CowVal<'b, 'v>>,
    ) -> Result<Box<dyn Val + 'v>, ExecutionError> {
        let mut map = HashMap::with_capacity(fields.len());
        for (name, field) in fields {
            map.insert(Key::String(Arc::new(name)), Value::try_from(field.as_ref())?);
        }
        let value: Box<dyn Val> = Value::Map(Map { map: Arc::new(map) }).try_into()?;
        Ok(value)
    }
}

/// What is wrong with an expression, and where (from 1).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Fault {
    pub line: i64,
    pub column: i64,
    pub message: String,
}

/// A compiled expression.
pub(crate) struct Program(cel::Program);

impl Program {
    /// Compiles an expression.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub(crate) fn compile(expression: &str, language: &Language) -> Result<Program, Vec<Fault>> {
        let program = ENV.compile(expression).map_err(|errors| {
            let fault = |error: cel::ParseError| Fault {
                line: i64::try_from(error.pos.0).unwrap_or(1),
                column: i64::try_from(error.pos.1).unwrap_or(1),
                message: error.msg,
            };
            errors.errors.into_iter().map(fault).collect::<Vec<_>>()
        })?;
        let faults = check::faults(&program, language);
        if faults.is_empty() { Ok(Program(program)) } else { Err(faults) }
    }

    /// Whether it is true. An error says what it asked for that is not there.
    pub(crate) fn is_true(&self, context: &Context<'_, '_>) -> Result<bool, ExecutionError> {
        self.0.execute(context).map(|value| value == Value::Bool(true))
    }

    /// Whether it is exactly this.
    pub(crate) fn is(&self, context: &Context<'_, '_>, wanted: bool) -> bool {
        self.0.execute(context) == Ok(Value::Bool(wanted))
    }
}

/// A context without variables.
pub(crate) fn context() -> Context<'static, 'static> {
    Context::with_env(ENV.clone())
}

/// Members that are points in time, in epoch milliseconds.
const TIMES: [&str; 6] =
    ["published", "updated", "created", "last_bom_import", "published_at", "latest_version_published_at"];

/// JSON as a value of the language; the members that are points in time become such ones.
pub(crate) fn value(json: &Json) -> Value {
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
            Value::Map(Map { map: Arc::new(members.iter().map(member).collect()) })
        }
    }
}

/// A member of a map.
pub(crate) fn member(value: &Value, name: &str) -> Option<Value> {
    match value {
        Value::Map(map) => map.map.get(&Key::String(Arc::new(name.to_owned()))).cloned(),
        _ => None,
    }
}

/// A text of a map that is not empty.
pub(crate) fn text(value: &Value, name: &str) -> Option<String> {
    match member(value, name) {
        Some(Value::String(text)) if !text.is_empty() => Some(text.as_str().to_owned()),
        _ => None,
    }
}
