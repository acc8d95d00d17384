//! A table for a terminal.

use analyzer::Scan;
use console::measure_text_width;

use super::{cut, full_name, harmless, headline, summary};

/// What the table is shown on.
#[derive(Debug, Clone, Copy, Default)]
pub struct Screen {
    /// Whether severities have colours.
    pub colours: bool,
    /// How many columns there are; without a number nothing but long titles is cut.
    pub width: Option<usize>,
}

const HEAD: [&str; 6] = ["SEVERITY", "COMPONENT", "VERSION", "FIXED IN", "VULNERABILITY", "TITLE"];
const COMPONENT: usize = 1;
const VERSION: usize = 2;
const FIXED: usize = 3;
const TITLE: usize = 5;
/// Between two columns.
const GAP: usize = 2;
/// A title that would have to be shorter says nothing and is left out.
const SHORTEST_TITLE: usize = 20;
/// Longer titles are cut even where there is room.
const LONGEST_TITLE: usize = 60;

/// Findings in columns, and sentences that sum up.
pub fn table(scan: &Scan, screen: Screen) -> String {
    let mut rows: Vec<[String; 6]> = vec![HEAD.map(str::to_owned)];
    for finding in &scan.findings {
        let exploited = if finding.known_exploited { " (exploited)" } else { "" };
        let row = [
            finding.severity.clone(),
            full_name(finding),
            finding.component.version.clone().unwrap_or_default(),
            finding.fixed.clone().unwrap_or_else(|| "-".to_owned()),
            format!("{}{exploited}", finding.id),
            cut(headline(finding), LONGEST_TITLE),
        ];
        rows.push(row.map(|cell| harmless(&cell)));
    }
    let mut out = String::new();
    if rows.len() > 1 {
        let widths = widths(&rows, screen.width);
        for (at, row) in rows.iter().enumerate() {
            out.push_str(&line(row, &widths, screen.colours && at > 0));
            out.push('\n');
        }
        out.push('\n');
    }
    for sentence in summary(scan) {
        out.push_str(&harmless(&sentence));
        out.push('\n');
    }
    out
}

/// How wide each column is; a column of width 0 is left out.
fn widths(rows: &[[String; 6]], screen: Option<usize>) -> [usize; 6] {
    let mut widths = [0; 6];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(measure_text_width(cell));
        }
    }
    let Some(screen) = screen else { return widths };
    let [.., title] = &mut widths;
    let others = |widths: &[usize; 6]| widths.iter().take(TITLE).map(|width| width + GAP).sum::<usize>();
    let longest = *title;
    *title = 0;
    let room = screen.saturating_sub(others(&widths));
    if room >= SHORTEST_TITLE.min(longest) {
        let [.., title] = &mut widths;
        *title = longest.min(room);
        return widths;
    }
    // Without titles it may still be too wide.
    for (column, least) in [(COMPONENT, 24), (FIXED, 12), (VERSION, 12), (COMPONENT, 12)] {
        let excess = (others(&widths) - GAP).saturating_sub(screen);
        if let Some(width) = widths.get_mut(column) {
            *width = (*width).min((*width).saturating_sub(excess).max(least));
        }
    }
    widths
}

fn line(row: &[String; 6], widths: &[usize; 6], colours: bool) -> String {
    let mut out = String::new();
    for (column, (cell, width)) in row.iter().zip(*widths).enumerate().filter(|(_, (_, width))| *width > 0) {
        let cell = if column == COMPONENT { cut_front(cell, width) } else { cut_to(cell, width) };
        let padding = " ".repeat(width.saturating_sub(measure_text_width(&cell)) + GAP);
        match colour(&cell).filter(|_| colours && column == 0) {
            Some(code) => out.push_str(&format!("\u{1b}[{code}m{cell}\u{1b}[0m{padding}")),
            None => out.push_str(&format!("{cell}{padding}")),
        }
    }
    out.trim_end().to_owned()
}

/// A cell that is at most so wide.
fn cut_to(cell: &str, width: usize) -> String {
    console::truncate_str(cell, width, "…").into_owned()
}

/// As [`cut_to`], only that the end stays: names of packages differ there.
fn cut_front(cell: &str, width: usize) -> String {
    if measure_text_width(cell) <= width {
        return cell.to_owned();
    }
    let mut rest = cell.chars();
    while measure_text_width(rest.as_str()) >= width && rest.next().is_some() {}
    format!("…{}", rest.as_str())
}

fn colour(severity: &str) -> Option<&'static str> {
    match severity {
        "CRITICAL" => Some("1;31"),
        "HIGH" => Some("31"),
        "MEDIUM" => Some("33"),
        "LOW" => Some("36"),
        _ => None,
    }
}
