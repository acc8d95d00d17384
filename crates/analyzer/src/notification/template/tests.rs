#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use super::*;

fn shown(template: &str, mime_type: &str, group: &str) -> String {
    let around = Surroundings { base_url: Some("https://dt.example".to_owned()), more: Vec::new() };
    let notice = Notice::test("PORTFOLIO", group, Version::V4);
    render(template, mime_type, &notice, Version::V4, &around)
        .unwrap_or_else(|error| panic!("{template}: {error}"))
}

#[test]
fn pebble_is_understood() {
    let cases = [
        ("{{ notification.title | lower | capitalize }}", "New_vulnerability"),
        (
            "{% if notification.group == \"X\" %}a{% elseif notification.group == \"NEW_VULNERABILITY\" %}b{% else %}c{% endif %}",
            "b",
        ),
        (
            "{{ subject.component.toString }} {{ subject.component.project.uuid }}",
            "componentName : componentVersion c9c9539a-e381-4b36-ac52-6a7ab83b2c95",
        ),
        ("{{ subject.component.getName() }}{{ subject.affectedProjects.size() }}", "componentName1"),
        ("{{ subject.component }}", "componentName : componentVersion"),
        ("{{ subject.vulnerability.title | default(subject.vulnerability.vulnId) }}", "INT-001"),
        ("{{ 'abcdefgh' | abbreviate(6) }}", "abc..."),
        (
            "{% for p in subject.affectedProjects %}{{ loop.index }}{{ p.name }}{% if not loop.last %}, {% endif %}{% endfor %}",
            "0projectName",
        ),
        ("{{ subject.affectedProjects | length }} {{ nothing.at.all }}{{ nothing | length }}", "1 0"),
        ("{{ subject.vulnerability.cwe is null ? 'none' : 'some' }}", "none"),
        ("{% if subject.vulnerability.description is not empty %}x{% else %}y{% endif %}", "y"),
        ("{% set x = notification.level ~ '!' %}{{ x }}", "INFORMATIONAL!"),
        ("{% verbatim %}{{ x }}{% endverbatim %}", "{{ x }}"),
        ("{{ baseUrl }}/projects/{# none #}x", "https://dt.example/projects/x"),
        ("{{ 0 | date('yyyy-MM-dd HH:mm:ss') }}", "1970-01-01 00:00:00"),
        ("{% if subject.component.purl != null %}x{% endif %}{{ subject.component != null }}", "true"),
        ("{% if 'abc' contains 'b' and subject.x == null %}z{% endif %}", "z"),
    ];
    for (template, wanted) in cases {
        assert_eq!(shown(template, "text/plain", "NEW_VULNERABILITY"), wanted, "{template}");
    }
}

#[test]
fn json_is_escaped_unless_it_is_raw() {
    let template = r#"{"a": "{{ 'x"y\n' }}", "b": "{{ 'q"' | escape(strategy="json") }}", "s": {{ subjectJson | raw }}}"#;
    let text = shown(template, "application/json", "NEW_VULNERABILITY");
    let value: Value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}"));
    assert_eq!(value["a"], "x\"y\n");
    assert_eq!(value["b"], "q\"");
    assert_eq!(value["s"]["component"]["name"], "componentName");
    assert_eq!(shown("{{ '<b>' }}", "text/html", "NEW_VULNERABILITY"), "&lt;b&gt;");
}

#[test]
fn what_is_broken_slow_or_large_is_refused() {
    let slow = "{% for a in [1,2,3,4,5,6,7,8,9,0] %}".repeat(9) + "x" + &"{% endfor %}".repeat(9);
    let grown = "{% set a = notification.title %}".to_owned() + &"{% set a = a ~ a %}".repeat(40) + "{{ a }}";
    let chained = format!("{{{{ 'x'{} }}}}", " | replace({'x': 'xx'})".repeat(200));
    for (template, wanted) in [
        ("{% include 'x' %}", "include"),
        ("{% macro m() %}{% endmacro %}", "macro"),
        ("{% set a %}x{% endset %}", "no value"),
        ("{{ notification.title", "not closed"),
        ("{{ notification.title | nonsense }}", "nonsense"),
        ("{% if %}", "syntax"),
        (slow.as_str(), "too many steps"),
        (grown.as_str(), "joined"),
        (chained.as_str(), "too long"),
        ("{{ 'x' * 100000000 }}", "too long"),
    ] {
        let error = check(template, "text/plain").expect_err(template);
        assert!(error.contains(wanted), "{template}: {error}");
    }
}
