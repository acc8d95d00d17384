//! Drawing badges: boxes of 20 pixels in height, a label and what it is about.

use serde_json::Value;

const HEIGHT: u32 = 20;
/// A box with a number.
const NUMBER: u32 = 30;

/// A box: its width, colour and text.
struct Field {
    width: u32,
    colour: &'static str,
    text: String,
}

fn field(width: u32, colour: &'static str, text: impl Into<String>) -> Field {
    Field { width, colour, text: text.into() }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn draw(fields: &[Field], link: Option<&str>) -> String {
    let width: u32 = fields.iter().map(|field| field.width).sum();
    let words: Vec<&str> = fields.iter().map(|field| field.text.as_str()).collect();
    let mut boxes = String::new();
    let mut texts = String::new();
    let mut left = 0;
    for field in fields {
        boxes.push_str(&format!(
            r#"<rect x="{left}" width="{}" height="{HEIGHT}" fill="{}"/>"#,
            field.width, field.colour
        ));
        let middle = f64::from(left) + f64::from(field.width) / 2.0;
        texts.push_str(&format!(r#"<text x="{middle}" y="14">{}</text>"#, escape(&field.text)));
        left += field.width;
    }
    let label = escape(&words.join(" "));
    let mut inner = format!(
        r##"<g clip-path="url(#edge)">{boxes}</g><g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">{texts}</g>"##
    );
    if let Some(link) = link {
        inner = format!(r#"<a href="{}" target="_blank">{inner}</a>"#, escape(link));
    }
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{HEIGHT}" role="img" aria-label="{label}"><title>{label}</title><clipPath id="edge"><rect width="{width}" height="{HEIGHT}" rx="3"/></clipPath>{inner}</svg>"##
    )
}

/// A label and one sentence.
fn told(label: Field, text: &str, width: u32, colour: &'static str, link: Option<&str>) -> String {
    let width = width - label.width;
    draw(&[label, field(width, colour, text)], link)
}

fn count(counts: &Value, name: &str) -> i64 {
    counts.get(name).and_then(Value::as_i64).unwrap_or_default()
}

const LABEL: &str = "#555";
const CALM: &str = "#357abd";
const UNKNOWN: &str = "#777";

/// The numbers of vulnerabilities by severity. `link` is the page of the project.
pub(super) fn vulnerabilities(counts: Option<&Value>, link: Option<&str>) -> String {
    let link = link.map(|link| format!("{link}/findings"));
    let link = link.as_deref();
    let label = field(84, LABEL, "dependencies");
    let Some(counts) = counts else { return told(label, "no metrics", 144, UNKNOWN, link) };
    if count(counts, "vulnerabilities") == 0 {
        return told(label, "no vulns", 144, CALM, link);
    }
    let mut fields = vec![label];
    let severities =
        [("critical", "#dc0000"), ("high", "#fd8c00"), ("medium", "#fdc500"), ("low", "#4cae4c")];
    for (name, colour) in severities {
        fields.push(field(NUMBER, colour, count(counts, name).to_string()));
    }
    let unassigned = count(counts, "unassigned");
    if unassigned > 0 {
        fields.push(field(NUMBER, "#c0c0c0", unassigned.to_string()));
    }
    draw(&fields, link)
}

/// The numbers of policy violations by state. `link` is the page of the project.
pub(super) fn violations(counts: Option<&Value>, link: Option<&str>) -> String {
    let link = link.map(|link| format!("{link}/policyViolations"));
    let link = link.as_deref();
    let label = field(50, LABEL, "policies");
    let Some(counts) = counts else { return told(label, "no metrics", 124, UNKNOWN, link) };
    let states = [
        ("policyViolationsFail", "#dc0000"),
        ("policyViolationsWarn", "#fdc500"),
        ("policyViolationsInfo", "#20a8d8"),
    ];
    if states.iter().all(|(name, _)| count(counts, name) == 0) {
        return told(label, "no violations", 124, CALM, link);
    }
    let boxes = states.map(|(name, colour)| field(NUMBER, colour, count(counts, name).to_string()));
    let fields: Vec<Field> = [label].into_iter().chain(boxes).collect();
    draw(&fields, link)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn widths_are_those_of_the_original() {
        let width = |svg: &str| svg.split("width=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let some = json!({ "vulnerabilities": 3, "critical": 1, "high": 2 });
        assert_eq!(width(&vulnerabilities(Some(&some), None)), "204");
        let unassigned = json!({ "vulnerabilities": 3, "unassigned": 3 });
        assert_eq!(width(&vulnerabilities(Some(&unassigned), None)), "234");
        assert_eq!(width(&vulnerabilities(Some(&json!({})), None)), "144");
        assert_eq!(width(&violations(Some(&json!({ "policyViolationsWarn": 1 })), None)), "140");
        assert_eq!(width(&violations(Some(&json!({})), None)), "124");
        assert!(violations(None, None).contains("no metrics"));
    }

    #[test]
    fn the_address_of_the_page_cannot_break_the_picture() {
        let svg = vulnerabilities(None, Some("https://example.com/\"><script>"));
        assert!(!svg.contains("<script>"), "{svg}");
    }
}
