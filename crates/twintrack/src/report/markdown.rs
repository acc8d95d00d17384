//! Markdown, for comments on pull requests and job summaries.

use analyzer::{Finding, Scan};

use super::{cut, full_name, harmless, headline, link, plural, summary};

/// Comments on GitHub end at 65536 characters.
const MOST_ROWS: usize = 200;

/// A heading, what sums up, and a table of the worst findings.
pub fn markdown(scan: &Scan) -> String {
    let mut out = "## Known vulnerabilities\n".to_owned();
    for sentence in summary(scan) {
        out.push_str(&format!("\n{}.\n", text(&sentence)));
    }
    if scan.findings.is_empty() {
        return out;
    }
    out.push_str("\n| Severity | Component | Version | Fixed in | Vulnerability | Title |\n");
    out.push_str("| --- | --- | --- | --- | --- | --- |\n");
    for finding in scan.findings.iter().take(MOST_ROWS) {
        let cells = [
            finding.severity.clone(),
            code(&full_name(finding)),
            finding.component.version.as_deref().map(code).unwrap_or_default(),
            finding.fixed.as_deref().map_or_else(|| "–".to_owned(), code),
            vulnerability(finding),
            text(&cut(headline(finding), 100)),
        ];
        out.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
    if let Some(rest) = scan.findings.len().checked_sub(MOST_ROWS).filter(|rest| *rest > 0) {
        out.push_str(&format!(
            "\n{} with a lower rank are left out of the table.\n",
            plural(rest, "finding")
        ));
    }
    out
}

fn vulnerability(finding: &Finding) -> String {
    let id = match link(&finding.id) {
        Some(link) => format!("[{}]({link})", finding.id),
        None => text(&finding.id),
    };
    if finding.known_exploited { format!("{id} **exploited**") } else { id }
}

/// A text as it is: a name like `@scope/name` would mention somebody otherwise.
fn code(text: &str) -> String {
    let text = harmless(text).replace('`', "'").replace('|', "\\|");
    if text.trim().is_empty() { String::new() } else { format!("`{text}`") }
}

/// A text without what Markdown or HTML would take for its own.
fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in harmless(text).chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            // A word joiner behind it keeps it from being a mention.
            '@' => out.push_str("@\u{2060}"),
            '\\' | '|' | '`' | '*' | '_' | '[' | ']' | '~' => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out
}
