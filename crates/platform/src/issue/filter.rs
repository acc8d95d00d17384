//! Which issues: one translation of a filter into SQL, for lists, counts, exports and dashboards.

use storage::{Value, marks, now_ms, params, sql::like};

use crate::sla;

/// Which issues to list; an empty list does not limit.
#[derive(Debug, Default, Clone)]
pub struct Filter {
    /// These ids.
    pub ids: Vec<i64>,
    /// These assets.
    pub assets: Vec<i64>,
    /// Assets that follow one of these projects.
    pub projects: Vec<String>,
    /// These statuses; none means the open ones.
    pub statuses: Vec<String>,
    /// All statuses, when none is named.
    pub any_status: bool,
    /// These severities.
    pub severities: Vec<String>,
    /// These states of the deadline.
    pub sla_states: Vec<String>,
    /// Assets with one of these tags.
    pub tags: Vec<String>,
    /// Reported by one of these tools.
    pub sources: Vec<String>,
    /// Assigned to people with one of these e-mail addresses.
    pub assignee_emails: Vec<String>,
    /// Assigned to this person.
    pub assignee: Option<i64>,
    /// Assets with one of these business impacts.
    pub business_impact: Vec<String>,
    /// Assets with one of these exposures.
    pub exploitability: Vec<String>,
    /// Assets with (or without) sensitive data.
    pub sensitive_data: Option<bool>,
    /// Part of the title.
    pub title: Option<String>,
    /// Part of the CVE or any other id.
    pub cve: Option<String>,
    /// Part of the package.
    pub package: Option<String>,
    /// Whether attacks are known.
    pub known_exploited: Option<bool>,
    /// Exploitation at least this probable, 0 to 1.
    pub epss_at_least: Option<f64>,
    /// Whether the scanner still reports it.
    pub reported: Option<bool>,
    /// Made at or after (epoch milliseconds).
    pub from: Option<i64>,
    /// Made at or before.
    pub to: Option<i64>,
    /// Who asks: drafts are seen by their author only.
    pub viewer: Option<i64>,
}

/// The conditions on `issue i` and their values.
pub(crate) fn conditions(company: i64, filter: &Filter) -> (String, Vec<Value>) {
    let mut out = vec!["i.company_id = ?".to_owned()];
    let mut values = params![company];
    out.push("(i.status <> 'DRAFT' OR i.created_by_user = ?)".to_owned());
    values.push(filter.viewer.unwrap_or(-1).into());
    for (column, ids) in [("i.id", &filter.ids), ("i.asset_id", &filter.assets)] {
        if !ids.is_empty() {
            out.push(format!("{column} IN ({})", marks(ids.len())));
            values.extend(ids.iter().map(|id| Value::from(*id)));
        }
    }
    if filter.statuses.is_empty() && !filter.any_status {
        out.push(format!("i.status IN {}", crate::asset::OPEN));
    }
    let lists =
        [("i.status", &filter.statuses), ("i.severity", &filter.severities), ("i.source", &filter.sources)];
    for (column, words) in lists {
        if !words.is_empty() {
            out.push(format!("{column} IN ({})", marks(words.len())));
            values.extend(words.iter().map(|word| word.as_str().into()));
        }
    }
    if !filter.sla_states.is_empty() {
        out.push(format!("{} IN ({})", sla::state_sql(now_ms()), marks(filter.sla_states.len())));
        values.extend(filter.sla_states.iter().map(|word| word.as_str().into()));
    }
    let related = [
        ("asset_tag t WHERE t.asset_id = i.asset_id AND t.name", &filter.tags),
        ("asset_link t WHERE t.asset_id = i.asset_id AND t.project_uuid", &filter.projects),
        ("asset t WHERE t.id = i.asset_id AND t.business_impact", &filter.business_impact),
        ("asset t WHERE t.id = i.asset_id AND t.exploitability", &filter.exploitability),
        (
            "issue_assignee s JOIN user_account t ON t.id = s.user_id WHERE s.issue_id = i.id AND t.email",
            &filter.assignee_emails,
        ),
    ];
    for (source, words) in related {
        if !words.is_empty() {
            out.push(format!("EXISTS (SELECT 1 FROM {source} IN ({}))", marks(words.len())));
            values.extend(words.iter().map(|word| word.as_str().into()));
        }
    }
    if let Some(user) = filter.assignee {
        out.push(
            "EXISTS (SELECT 1 FROM issue_assignee s WHERE s.issue_id = i.id AND s.user_id = ?)".to_owned(),
        );
        values.push(user.into());
    }
    if let Some(sensitive) = filter.sensitive_data {
        let not = if sensitive { "" } else { "NOT " };
        out.push(format!("{not}EXISTS (SELECT 1 FROM asset t WHERE t.id = i.asset_id AND {SENSITIVE})"));
    }
    if let Some(id) = filter.cve.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
        // Part of the id it goes by, or the beginning of another one, which stands in quotes in the detail.
        out.push(
            "(lower(i.vulnerability_key) LIKE ? ESCAPE '\\' OR lower(i.detail) LIKE ? ESCAPE '\\')"
                .to_owned(),
        );
        values.extend([Value::from(like(id)), Value::from(like(&format!("\"{id}")))]);
    }
    let texts = [("i.title", &filter.title), ("i.package", &filter.package)];
    for (column, text) in texts {
        if let Some(text) = text.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
            out.push(format!("lower({column}) LIKE ? ESCAPE '\\'"));
            values.push(like(text).into());
        }
    }
    for (column, flag) in [("i.known_exploited", filter.known_exploited), ("i.reported", filter.reported)] {
        if let Some(flag) = flag {
            out.push(format!("{column} = ?"));
            values.push(flag.into());
        }
    }
    if let Some(least) = filter.epss_at_least {
        out.push("i.epss >= ?".to_owned());
        values.push(least.into());
    }
    for (sign, at) in [(">=", filter.from), ("<=", filter.to)] {
        if let Some(at) = at {
            out.push(format!("i.created_at {sign} ?"));
            values.push(at.into());
        }
    }
    (out.join(" AND "), values)
}

/// Whether the asset `t` holds personal or payment data.
pub(crate) const SENSITIVE: &str = "(t.data_classification LIKE '%PERSONALLY_IDENTIFIABLE_INFORMATION%' \
     OR t.data_classification LIKE '%PAYMENT_CARD_INDUSTRY%')";

/// By what issues are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SortField {
    /// When it was made.
    CreatedAt,
    /// When it was last changed.
    UpdatedAt,
    /// The worst first, descending.
    Severity,
    /// The word of the status.
    Status,
    /// The title.
    Title,
    /// The deadline; those without come last.
    Sla,
    /// The probability of exploitation.
    Epss,
}

/// A sort and whether it is descending.
pub type Sort = (SortField, bool);

impl SortField {
    /// An expression without nulls, so that a cursor can compare it.
    pub(crate) fn expression(self) -> &'static str {
        match self {
            SortField::CreatedAt => "i.created_at",
            SortField::UpdatedAt => "i.updated_at",
            // The worst has the lowest rank.
            SortField::Severity => "(4 - i.severity_rank)",
            SortField::Status => "i.status",
            SortField::Title => "lower(i.title)",
            SortField::Sla => "COALESCE(i.due_at, 9007199254740991)",
            SortField::Epss => "COALESCE(i.epss, 0.0)",
        }
    }
}

/// The order of these sorts; the worst first unless asked otherwise. Ends with the id: it is total.
pub(crate) fn order(sorts: &[Sort]) -> String {
    let mut columns: Vec<String> = sorts
        .iter()
        .map(|(field, down)| format!("{} {}", field.expression(), if *down { "DESC" } else { "ASC" }))
        .collect();
    if columns.is_empty() {
        columns.push("i.severity_rank, i.created_at DESC".to_owned());
    }
    columns.push("i.id".to_owned());
    columns.join(", ")
}
