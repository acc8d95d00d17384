//! What an expression names that is not there.

use cel::common::ast::{EntryExpr, Expr};
use cel::{IdedExpr, Program};

use super::{Fault, Language};

/// Functions of the language that an expression may call, by name; operators have no letters first.
const STANDARD: [&str; 47] = [
    "all",
    "bool",
    "bytes",
    "charAt",
    "contains",
    "double",
    "duration",
    "dyn",
    "endsWith",
    "exists",
    "exists_one",
    "filter",
    "format",
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
    "indexOf",
    "int",
    "join",
    "lastIndexOf",
    "lowerAscii",
    "map",
    "matches",
    "max",
    "min",
    "replace",
    "reverse",
    "size",
    "split",
    "startsWith",
    "string",
    "strings.quote",
    "substring",
    "timestamp",
    "trim",
    "type",
    "uint",
    "upperAscii",
];

/// The types of the language, which are values as well.
const TYPES: [&str; 10] =
    ["bool", "bytes", "double", "int", "list", "map", "null_type", "string", "type", "uint"];

/// Everything that an expression names and the language does not have.
pub(super) fn faults(program: &Program, language: &Language) -> Vec<Fault> {
    let mut check = Check { program, language, faults: Vec::new() };
    check.walk(program.expression(), &mut Vec::new());
    check.faults
}

struct Check<'a> {
    program: &'a Program,
    language: &'a Language,
    faults: Vec<Fault>,
}

impl<'a> Check<'a> {
    /// Where an expression begins, or where this word of it first stands.
    fn place(&self, id: u64, word: &str) -> (i64, i64) {
        let info = self.program.source_info();
        let start = info.offset_for(id).and_then(|(start, _)| usize::try_from(start).ok()).unwrap_or(0);
        let source = info.source.as_str();
        // Offsets count characters; the word is near the place, before or behind it.
        let from = source.char_indices().nth(start).map_or(source.len(), |(at, _)| at);
        let after = source.get(from..).and_then(|rest| rest.find(word)).map(|at| at + from);
        let at = after.or_else(|| source.find(word)).unwrap_or(0);
        let before = source.get(..at).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        (i64::try_from(line).unwrap_or(1), i64::try_from(column).unwrap_or(1))
    }

    fn fault(&mut self, id: u64, word: &str, message: String) {
        let (line, column) = self.place(id, word);
        let fault = Fault { line, column, message };
        if !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
    }

    fn members(&self, name: &str) -> Option<&'static [&'static str]> {
        self.language.variables.iter().find(|(known, _)| *known == name).map(|(_, members)| *members)
    }

    fn walk(&mut self, at: &'a IdedExpr, bound: &mut Vec<&'a str>) {
        match &at.expr {
            Expr::Unspecified | Expr::Literal(_) => {}
            Expr::Ident(name) => {
                let is_known = bound.contains(&name.as_str())
                    || self.members(name).is_some()
                    || TYPES.contains(&name.as_str());
                if !is_known {
                    self.fault(at.id, name, format!("undeclared reference to '{name}'"));
                }
            }
            Expr::Select(select) => {
                if let Expr::Ident(name) = &select.operand.expr
                    && !bound.contains(&name.as_str())
                    && let Some(members) = self.members(name)
                    && !members.is_empty()
                    && !members.contains(&select.field.as_str())
                {
                    self.fault(
                        select.operand.id,
                        &select.field,
                        format!("undefined field '{}'", select.field),
                    );
                }
                self.walk(&select.operand, bound);
            }
            Expr::Call(call) => {
                let name = call.func_name.as_str();
                let is_word = name.starts_with(|c: char| c.is_ascii_alphabetic());
                if is_word && !STANDARD.contains(&name) && !self.language.functions.contains(&name) {
                    self.fault(at.id, name, format!("undeclared reference to '{name}'"));
                }
                for part in call.target.as_deref().into_iter().chain(&call.args) {
                    self.walk(part, bound);
                }
            }
            Expr::List(list) => list.elements.iter().for_each(|element| self.walk(element, bound)),
            Expr::Map(map) => {
                for entry in &map.entries {
                    if let EntryExpr::MapEntry(entry) = &entry.expr {
                        self.walk(&entry.key, bound);
                        self.walk(&entry.value, bound);
                    }
                }
            }
            Expr::Struct(made) => self.literal(at.id, made, bound),
            Expr::Comprehension(loops) => {
                self.walk(&loops.iter_range, bound);
                self.walk(&loops.accu_init, bound);
                let outer = bound.len();
                bound.push(&loops.iter_var);
                bound.extend(loops.iter_var2.as_deref());
                bound.push(&loops.accu_var);
                for part in [&loops.loop_cond, &loops.loop_step, &loops.result] {
                    self.walk(part, bound);
                }
                bound.truncate(outer);
            }
        }
    }

    fn literal(&mut self, id: u64, made: &'a cel::common::ast::StructExpr, bound: &mut Vec<&'a str>) {
        let name = made.type_name.as_str();
        let members =
            self.language.types.iter().find(|(known, _)| *known == name).map(|(_, members)| members);
        if members.is_none() {
            self.fault(id, name, format!("undeclared reference to '{name}'"));
        }
        for entry in &made.entries {
            let EntryExpr::StructField(field) = &entry.expr else { continue };
            if members.is_some_and(|members| !members.contains(&field.field.as_str())) {
                self.fault(id, &field.field, format!("undefined field '{}'", field.field));
            }
            self.walk(&field.value, bound);
        }
    }
}
