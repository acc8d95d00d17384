//! The filters of lists of findings: conditions over components `c`, projects `p`, matches `m`,
//! vulnerabilities `v` and analyses `a` (behaviour reference §6.1, §6.4).

use std::collections::HashMap;

use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use chrono::NaiveDate;
use storage::{Value, marks, sql::like};

use crate::analysis::SEVERITY;
use crate::server::{Error, Result};

/// The parameters of a query; of several with one name the first counts, blank ones do not.
pub(super) struct Given(HashMap<String, String>);

impl<S: Send + Sync> FromRequestParts<S> for Given {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let pairs = Query::<Vec<(String, String)>>::from_request_parts(parts, state).await;
        let mut out = HashMap::new();
        for (name, value) in pairs.map(|Query(pairs)| pairs).unwrap_or_default() {
            if value.contains('\0') {
                return Err(refuse(&name, "a text"));
            }
            if !value.trim().is_empty() {
                out.entry(name).or_insert_with(|| value.trim().to_owned());
            }
        }
        Ok(Given(out))
    }
}

fn refuse(name: &str, kind: &str) -> Error {
    Error::problem("Illegal argument provided", format!("The parameter {name} must be {kind}"))
}

impl Given {
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    pub fn flag(&self, name: &str) -> Option<bool> {
        self.text(name).map(|text| text.eq_ignore_ascii_case("true"))
    }

    fn words(&self, name: &str) -> Vec<String> {
        let text = self.text(name).unwrap_or_default();
        text.split(',').map(|word| word.trim().to_uppercase()).filter(|word| !word.is_empty()).collect()
    }

    fn number(&self, name: &str) -> Result<Option<f64>> {
        let number = |text: &str| text.parse::<f64>().ok().filter(|number| number.is_finite());
        self.text(name).map(|text| number(text).ok_or_else(|| refuse(name, "a number"))).transpose()
    }

    /// The first or last millisecond of a day.
    fn day(&self, name: &str, last: bool) -> Result<Option<i64>> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
        let start = day.and_then(|day| day.and_hms_opt(0, 0, 0)).map(|at| at.and_utc().timestamp_millis());
        let start = start.ok_or_else(|| refuse(name, "a day (yyyy-MM-dd)"))?;
        Ok(Some(if last { start.saturating_add(86_399_999) } else { start }))
    }
}

/// A range of numbers: its parameters and what it is over.
pub(super) struct Range {
    pub names: (&'static str, &'static str),
    column: &'static str,
}

const fn range(from: &'static str, to: &'static str, column: &'static str) -> Range {
    Range { names: (from, to), column }
}

const EPSS: Range = range("epssFrom", "epssTo", "(SELECT e.score FROM epss e WHERE e.cve = v.alias_group)");

/// The ranges of lists over the portfolio.
pub(super) const RANGES: [Range; 5] = [
    range("cvssv2From", "cvssv2To", "COALESCE(a.cvss_v2_score, v.cvss_v2_score)"),
    range("cvssv3From", "cvssv3To", "COALESCE(a.cvss_v3_score, v.cvss_v3_score)"),
    range("cvssv4From", "cvssv4To", "COALESCE(a.cvss_v4_score, v.cvss_v4_score)"),
    EPSS,
    range(
        "epssPercentileFrom",
        "epssPercentileTo",
        "(SELECT e.percentile FROM epss e WHERE e.cve = v.alias_group)",
    ),
];

/// Conditions joined by AND, with their values.
#[derive(Default)]
pub(super) struct Conditions {
    texts: Vec<String>,
    values: Vec<Value>,
}

impl Conditions {
    pub fn add(&mut self, text: impl Into<String>, values: impl IntoIterator<Item = Value>) {
        self.texts.push(text.into());
        self.values.extend(values);
    }

    /// The text for a WHERE or HAVING, and the values.
    pub fn finish(self) -> (String, Vec<Value>) {
        if self.texts.is_empty() {
            return ("1 = 1".to_owned(), self.values);
        }
        (self.texts.join(" AND "), self.values)
    }

    fn one_of(&mut self, column: &str, words: Vec<String>) {
        if !words.is_empty() {
            let text = format!("{column} IN ({})", marks(words.len()));
            self.add(text, words.into_iter().map(Into::into));
        }
    }

    fn within(&mut self, given: &Given, range: &Range) -> Result<()> {
        for (name, order) in [(range.names.0, ">="), (range.names.1, "<=")] {
            if let Some(number) = given.number(name)? {
                self.add(format!("{} {order} ?", range.column), [number.into()]);
            }
        }
        Ok(())
    }

    fn between(&mut self, given: &Given, (from, to): (&str, &str), column: &str) -> Result<()> {
        if let Some(at) = given.day(from, false)? {
            self.add(format!("{column} >= ?"), [at.into()]);
        }
        if let Some(at) = given.day(to, true)? {
            self.add(format!("{column} <= ?"), [at.into()]);
        }
        Ok(())
    }

    fn exploited(&mut self, given: &Given) {
        if let Some(wanted) = given.flag("isKev") {
            let not = if wanted { "" } else { "NOT " };
            let text = format!("{not}EXISTS (SELECT 1 FROM known_exploited k WHERE k.cve = v.alias_group)");
            self.add(text, []);
        }
    }

    /// Any of these columns has the text in it, in any case.
    fn search(&mut self, columns: &[&str], text: &str) {
        let parts: Vec<String> =
            columns.iter().map(|column| format!("lower({column}) LIKE ? ESCAPE '\\'")).collect();
        self.add(format!("({})", parts.join(" OR ")), columns.iter().map(|_| like(text).into()));
    }
}

/// Findings that are not suppressed.
pub(super) const UNSUPPRESSED: &str = "(a.suppressed IS NULL OR NOT a.suppressed)";

/// The filters of a list over the portfolio; grouped ones have fewer.
pub(super) fn of_portfolio(given: &Given, grouped: bool) -> Result<Conditions> {
    let mut out = Conditions::default();
    if given.flag("showInactive") != Some(true) {
        out.add("p.active", []);
    }
    if grouped || given.flag("showSuppressed") != Some(true) {
        out.add(UNSUPPRESSED, []);
    }
    out.one_of(SEVERITY, given.words("severity"));
    if !grouped {
        out.one_of("COALESCE(a.state, 'NOT_SET')", given.words("analysisStatus"));
        out.one_of("COALESCE(a.response, 'NOT_SET')", given.words("vendorResponse"));
        out.between(given, ("attributedOnDateFrom", "attributedOnDateTo"), "m.attributed_on")?;
    }
    out.between(given, ("publishDateFrom", "publishDateTo"), "v.published")?;
    for range in &RANGES {
        out.within(given, range)?;
    }
    out.exploited(given);
    if let Some(input) = given.text("textSearchInput") {
        let fields = given.words("textSearchField");
        let columns: Vec<&str> = fields
            .iter()
            .filter_map(|field| match field.as_str() {
                "VULNERABILITY_ID" => Some("v.vuln_id"),
                "VULNERABILITY_TITLE" => Some("v.title"),
                "COMPONENT_NAME" => Some("c.name"),
                "COMPONENT_VERSION" => Some("c.version"),
                "PROJECT_NAME" => Some("p.name"),
                _ => None,
            })
            .collect();
        if !columns.is_empty() {
            out.search(&columns, input);
        }
    }
    Ok(out)
}

/// How many projects a group has.
pub(super) fn of_groups(given: &Given) -> Result<Conditions> {
    let mut out = Conditions::default();
    out.within(given, &range("occurrencesFrom", "occurrencesTo", "count(DISTINCT p.id)"))?;
    Ok(out)
}

/// The filters of the findings of a project.
pub(super) fn of_project(given: &Given, project: i64) -> Result<Conditions> {
    let mut out = Conditions::default();
    out.add("c.project_id = ?", [project.into()]);
    if given.flag("suppressed") != Some(true) {
        out.add(UNSUPPRESSED, []);
    }
    if let Some(source) = given.text("source") {
        out.add("v.source = ?", [source.to_uppercase().into()]);
    }
    if let Some(wanted) = given.flag("hasAnalysis") {
        out.add(if wanted { "a.id IS NOT NULL" } else { "a.id IS NULL" }, []);
    }
    out.within(given, &EPSS)?;
    out.exploited(given);
    if let Some(text) = given.text("filter").or(given.text("searchText")) {
        match text.split(':').map(str::to_owned).collect::<Vec<_>>().as_slice() {
            // A link to one finding searches for its component and its vulnerability.
            [component, vulnerability] if component.len() == 36 && vulnerability.len() == 36 => {
                out.add("c.uuid = ? AND v.uuid = ?", [component.clone().into(), vulnerability.clone().into()])
            }
            [uuid] if uuid.len() == 36 && uuid::Uuid::parse_str(uuid).is_ok() => {
                out.add("(c.uuid = ? OR v.uuid = ?)", [uuid.clone().into(), uuid.clone().into()]);
            }
            _ => out.search(&["c.name", "c.group_name", "v.vuln_id"], text),
        }
    }
    Ok(out)
}
