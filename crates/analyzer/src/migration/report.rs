//! What came, what could not come, and why.

use std::fmt::Write;

use serde::Serialize;

use super::book::Outcome;
use super::content::FINDINGS;
use super::{Result, Run};

/// At most so many single objects are listed.
const MOST_NOTES: i64 = 10_000;

/// What became of the objects of one noun.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// Such as `projects`.
    pub noun: String,
    /// Objects that were dealt with.
    pub total: u64,
    /// New here.
    pub new: u64,
    /// Changed there, and written again.
    pub changed: u64,
    /// Nothing to do.
    pub unchanged: u64,
    /// Otherwise here, and left so.
    pub kept: u64,
    /// Waiting for something that is not here yet.
    pub waiting: u64,
    /// Could not be copied.
    pub failed: u64,
}

/// Something to say of one object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Note {
    /// Its noun.
    pub noun: String,
    /// What people call it.
    pub name: String,
    /// Its uuid there, or what tells it apart.
    pub id: String,
    /// What there is to say.
    pub text: String,
}

/// The findings of a project on both sides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Findings {
    /// What people call the project.
    pub project: String,
    /// Its uuid.
    pub uuid: String,
    /// Both sides have them.
    pub matched: u64,
    /// Only the other server has them.
    pub only_there: u64,
    /// Only this one has them.
    pub only_here: u64,
}

/// What a copy did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The address of the other server.
    pub source: String,
    /// Its version.
    pub version: String,
    /// Whether nothing was written.
    pub dry_run: bool,
    /// By noun.
    pub lines: Vec<Line>,
    /// Lists that could not be read: noun and reason.
    pub missing: Vec<(String, String)>,
    /// What is left to do by hand.
    pub advice: Vec<String>,
    /// Single objects.
    pub notes: Vec<Note>,
    /// Projects whose findings differ.
    pub findings: Vec<Findings>,
    /// Findings of all projects that both sides have.
    pub findings_matched: u64,
    /// Findings of all projects that only the other server has.
    pub findings_only_there: u64,
    /// Findings of all projects that only this one has.
    pub findings_only_here: u64,
}

/// The order of the nouns in a report.
const ORDER: [&str; 22] = [
    "projects",
    "project hierarchy",
    "project properties",
    "components",
    "vulnerabilities",
    "internal vulnerabilities",
    "links by hand",
    "analyses",
    "violation analyses",
    "policies",
    "vulnerability policies",
    "licences",
    "licence groups",
    "teams",
    "project access",
    "managed users",
    "LDAP users",
    "OpenID Connect users",
    "OpenID Connect groups",
    "publishers",
    "notification rules",
    "repositories",
];

/// Makes the report of a copy from its book.
pub(super) async fn make(run: &Run<'_>, version: &str) -> Result<Report> {
    let mut report = Report {
        source: run.from.url().to_string(),
        version: version.to_owned(),
        dry_run: run.book.is_dry(),
        lines: Vec::new(),
        missing: run.missing.lock().map(|all| all.clone()).unwrap_or_default(),
        advice: run.advice.lock().map(|all| all.clone()).unwrap_or_default(),
        notes: Vec::new(),
        findings: Vec::new(),
        findings_matched: 0,
        findings_only_there: 0,
        findings_only_here: 0,
    };
    for (noun, outcome, count) in run.book.counts().await? {
        if noun == FINDINGS && outcome != Outcome::Failed {
            continue;
        }
        let noun = if noun == FINDINGS { "project contents".to_owned() } else { noun };
        let at = match report.lines.iter().position(|line| line.noun == noun) {
            Some(at) => at,
            None => {
                report.lines.push(Line { noun, ..Line::default() });
                report.lines.len() - 1
            }
        };
        let Some(line) = report.lines.get_mut(at) else { continue };
        line.total += count;
        *match outcome {
            Outcome::New => &mut line.new,
            Outcome::Changed => &mut line.changed,
            Outcome::Same => &mut line.unchanged,
            Outcome::Kept => &mut line.kept,
            Outcome::Waiting => &mut line.waiting,
            Outcome::Failed => &mut line.failed,
        } += count;
    }
    let place = |line: &Line| ORDER.iter().position(|noun| *noun == line.noun).unwrap_or(ORDER.len());
    report.lines.sort_by(|a, b| place(a).cmp(&place(b)).then_with(|| a.noun.cmp(&b.noun)));
    for (noun, entry) in run.book.notes(MOST_NOTES).await? {
        let text = entry.note.unwrap_or_default();
        let noun = if noun == FINDINGS { "project contents".to_owned() } else { noun };
        report.notes.push(Note { noun, name: entry.name, id: entry.uuid, text });
    }
    for entry in run.book.compared().await? {
        let counts =
            entry.note.and_then(|text| serde_json::from_str::<Vec<u64>>(&text).ok()).unwrap_or_default();
        let [matched, only_there, only_here] = counts.as_slice() else { continue };
        report.findings_matched += matched;
        report.findings_only_there += only_there;
        report.findings_only_here += only_here;
        if only_there + only_here > 0 {
            report.findings.push(Findings {
                project: entry.name,
                uuid: entry.uuid,
                matched: *matched,
                only_there: *only_there,
                only_here: *only_here,
            });
        }
    }
    Ok(report)
}

impl Report {
    /// Whether everything came that can come: no list was refused, and no object failed.
    pub fn is_complete(&self) -> bool {
        self.missing.is_empty() && self.lines.iter().all(|line| line.failed == 0)
    }

    /// What came, in a few lines.
    pub fn summary(&self) -> String {
        let mut out = String::new();
        let what = if self.dry_run { "would come" } else { "came" };
        let _ = writeln!(out, "{} (Dependency-Track {}): what {what}", self.source, self.version);
        let parts = |line: &Line| {
            [
                (line.new, "new"),
                (line.changed, "changed"),
                (line.unchanged, "unchanged"),
                (line.kept, "kept as they are here"),
                (line.waiting, "waiting"),
                (line.failed, "failed"),
            ]
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| format!("{count} {word}"))
            .collect::<Vec<_>>()
            .join(", ")
        };
        for line in &self.lines {
            let _ = writeln!(out, "  {:<26} {}", line.noun, parts(line));
        }
        if self.findings_matched + self.findings_only_there + self.findings_only_here > 0 {
            let _ = writeln!(
                out,
                "  {:<26} {} on both sides, {} only there, {} only here",
                "findings", self.findings_matched, self.findings_only_there, self.findings_only_here
            );
        }
        for (noun, why) in &self.missing {
            let _ = writeln!(out, "not copied: {noun}: {why}");
        }
        out
    }

    /// The whole report.
    pub fn markdown(&self) -> String {
        let mut out = String::new();
        let cell = |text: &str| text.replace('|', "\\|").replace('\n', " ");
        let _ = writeln!(out, "# Migration from {}\n", self.source);
        let _ = writeln!(
            out,
            "Dependency-Track {}.{}\n",
            self.version,
            if self.dry_run { " A dry run: nothing was written." } else { "" }
        );
        let _ = writeln!(out, "| what | total | new | changed | unchanged | kept | waiting | failed |");
        let _ = writeln!(out, "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
        for l in &self.lines {
            let _ = writeln!(
                out,
                "| {} | {} | {} | {} | {} | {} | {} | {} |",
                l.noun, l.total, l.new, l.changed, l.unchanged, l.kept, l.waiting, l.failed
            );
        }
        let mut section = |title: &str, lines: Vec<String>| {
            if !lines.is_empty() {
                let _ = write!(out, "\n## {title}\n\n{}\n", lines.join("\n"));
            }
        };
        section(
            "Could not be read",
            self.missing.iter().map(|(noun, why)| format!("- {noun}: {why}")).collect(),
        );
        section("Left to do", self.advice.iter().map(|line| format!("- {line}")).collect());
        let mut findings = vec![format!(
            "{} findings on both sides, {} only there, {} only here. Projects that differ:\n",
            self.findings_matched, self.findings_only_there, self.findings_only_here
        )];
        findings.push("| project | both | only there | only here |".to_owned());
        findings.push("| --- | ---: | ---: | ---: |".to_owned());
        findings.extend(self.findings.iter().map(|f| {
            format!("| {} | {} | {} | {} |", cell(&f.project), f.matched, f.only_there, f.only_here)
        }));
        section("Findings", if self.findings.is_empty() { Vec::new() } else { findings });
        let mut notes = vec!["| what | name | |".to_owned(), "| --- | --- | --- |".to_owned()];
        notes.extend(
            self.notes
                .iter()
                .map(|note| format!("| {} | {} | {} |", note.noun, cell(&note.name), cell(&note.text))),
        );
        section("Single objects", if self.notes.is_empty() { Vec::new() } else { notes });
        out
    }
}
