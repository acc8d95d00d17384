//! Notification bodies of both generations.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

use dependency_track::webhook::{Group, parse};
use serde_json::json;
use uuid::{Uuid, uuid};

const A: Uuid = uuid!("11111111-1111-4111-8111-111111111111");
const B: Uuid = uuid!("22222222-2222-4222-8222-222222222222");

fn read(notification: serde_json::Value) -> dependency_track::webhook::Notification {
    parse(json!({ "notification": notification }).to_string().as_bytes()).unwrap()
}

#[test]
fn four_and_five_read_alike() {
    let four = read(json!({"level": "INFORMATIONAL", "scope": "PORTFOLIO", "group": "NEW_VULNERABILITY",
        "timestamp": "2026-11-23T23:46:18.060544278", "title": "t", "content": "c",
        "subject": {"component": {"uuid": B}, "affectedProjects": [{"uuid": A}, {"uuid": B}, {"uuid": A}]}}));
    let five = read(json!({"id": "01", "level": "LEVEL_INFORMATIONAL", "scope": "SCOPE_PORTFOLIO",
        "group": "GROUP_NEW_VULNERABILITY", "timestamp": "2026-11-23T23:42:51.391Z", "title": "t", "content": "c",
        "subject": {"component": {"uuid": B}, "project": {"uuid": A}, "affectedProjects": [{"uuid": A}]}}));
    assert_eq!((&four.group, &four.level, &four.scope), (&five.group, &five.level, &five.scope));
    assert_eq!(four.group, Group::NewVulnerability);
    assert!(four.group.changes_findings());
    assert_eq!((four.projects, five.projects), (vec![A, B], vec![A]));
    assert!(four.timestamp.is_none() && four.local_time.is_some(), "no zone: not a point in time");
    assert_eq!(five.timestamp.unwrap().timestamp_millis(), 1_795_477_371_391);
    assert_eq!((four.id, five.id.as_deref()), (None, Some("01")));
}

#[test]
fn projects_are_found_wherever_a_group_puts_them() {
    for subject in [
        json!({"project": {"uuid": A}, "bom": {}}),
        json!({"analysis": {"project": A, "state": "NOT_SET"}}),
        json!({"analysis": {"project": {"uuid": A}}}),
        json!({"violationAnalysis": {"project": A}}),
        json!({"summary": {"projectSummaries": [{"project": {"uuid": A}}]}, "details": {"findingsByProject": [{"project": {"uuid": A}}]}}),
        json!({"projectSummaries": [{"project": {"uuid": A}}]}),
        json!({"violationsByProject": [{"project": {"uuid": A}}]}),
    ] {
        let read = read(json!({"group": "X", "subject": subject}));
        assert_eq!(read.projects, [A], "{subject}");
        assert_eq!(read.group, Group::Other("X".into()));
    }
    assert!(read(json!({"group": "PROJECT_CREATED", "subject": null})).projects.is_empty());
    assert!(read(json!({"group": "USER_CREATED", "subject": {"username": "u"}})).projects.is_empty());
    assert!(
        read(json!({"group": "X", "subject": {"project": {"uuid": "no uuid"}, "affectedProjects": "odd"}}))
            .projects
            .is_empty()
    );
}

#[test]
fn other_bodies_are_refused() {
    for body in ["", "x", "[]", "{}", r#"{"notification":{}}"#, r#"{"notification":[]}"#, "\u{feff}{}"] {
        let error = parse(body.as_bytes()).unwrap_err();
        assert!(error.to_string().contains("standard template"), "{body}: {error}");
    }
    assert!(parse(&[0xff, 0xfe, 0]).is_err());
}
