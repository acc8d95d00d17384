//! The formats of advisories and of what is known about flaws beside, in small documents.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

use advisories::cvss::Version;
use advisories::{Package, Severity, cwe, epss, ghsa, kev, parse};
use versions::{Event, Range};

#[test]
fn a_record_with_odd_shapes_is_read_as_far_as_it_goes() {
    let advisory = parse(
        br#"{"id":"X-1","modified":"2024-01-02T03:04:05Z","published":"soon","withdrawn":null,"schema_version":1.7,
        "aliases":null,"upstream":["CVE-2","X-1",null],"summary":["a list"],"details":7,"related":{"a":[1,{"b":null}]},
        "severity":{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"},
        "references":[null,{"type":"WEB","url":"https://example.com/a"},{"url":3},"text",{}],
        "credits":[{"name":""},{"name":"Ann","contact":["x"]}],
        "database_specific":{"cwe_ids":[79,"CWE-80",null,"no"],"cwes":[{"cweId":"CWE-81"},{"cweId":null}],"severity":false},
        "affected":[null,"text",{"package":null},{"package":{"ecosystem":"npm"}},{"package":{"ecosystem":"npm","name":"a"},
          "versions":[1.5,"2.0.0",null,{}],"ranges":[null,{"type":"SEMVER","events":null},{"type":"SEMVER","events":[{"introduced":0},{"fixed":"1.2"},{"odd":"1"},5,{"limit":null}]}],
          "ecosystem_specific":[],"database_specific":"text"}]}"#,
    )
    .unwrap();
    assert_eq!((advisory.published, advisory.withdrawn, advisory.aliases.len()), (None, false, 0));
    assert_eq!(advisory.upstream, ["CVE-2"]);
    assert_eq!((advisory.summary, advisory.details.as_deref()), (None, Some("7")));
    assert_eq!((advisory.severity, advisory.word), (Severity::Critical, None));
    assert_eq!(advisory.references, ["https://example.com/a", "3"]);
    assert_eq!(advisory.credits, ["Ann"]);
    assert_eq!(advisory.cwes, [79, 80, 81]);
    assert_eq!(advisory.affected.len(), 1);
    let affected = &advisory.affected[0];
    assert_eq!(affected.versions, ["1.5", "2.0.0"]);
    assert_eq!(
        affected.ranges[1],
        Range { events: vec![Event::Introduced("0".to_owned()), Event::Fixed("1.2".to_owned())] }
    );
    let taken_back =
        parse(br#"{"id":"X","modified":"2024-01-02T03:04:05Z","withdrawn":"2024-01-02T03:04:05Z"}"#).unwrap();
    assert!(taken_back.withdrawn && taken_back.affected.is_empty());
    for broken in ["", "[]", "null", r#"{"id":"a"}"#, r#"{"id":"a","modified":"2024-01-02"}"#, r#"{"id":"a""#]
    {
        assert!(parse(broken.as_bytes()).is_err(), "{broken:?}");
    }
}

#[test]
fn the_words_of_distributions_count_where_no_vector_does() {
    let level = |rest: &str| {
        let record = format!(r#"{{"id":"X","modified":"2024-01-01T00:00:00Z",{rest}}}"#);
        parse(record.as_bytes()).unwrap().severity
    };
    let package = r#""package":{"ecosystem":"Debian:12","name":"a"}"#;
    assert_eq!(level(r#""severity":[{"type":"Ubuntu","score":"medium"}]"#), Severity::Medium);
    assert_eq!(level(r#""severity":[{"type":"Ubuntu","score":"negligible"}]"#), Severity::Low);
    assert_eq!(level(r#""database_specific":{"severity":"Important"}"#), Severity::High);
    assert_eq!(
        level(&format!(r#""affected":[{{{package},"ecosystem_specific":{{"severity":"Moderate"}}}}]"#)),
        Severity::Medium
    );
    assert_eq!(
        level(&format!(
            r#""affected":[{{{package},"ecosystem_specific":{{"urgency":"not yet assigned"}}}}]"#
        )),
        Severity::Unassigned
    );
    assert_eq!(
        level(&format!(
            r#""severity":[{{"type":"Ubuntu","score":"low"}}],"affected":[{{{package},"severity":[{{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}}]}}]"#
        )),
        Severity::Critical,
        "a vector says more than a word"
    );
}

const PAGE: &[u8] = br#"{"data":{"securityAdvisories":{
  "pageInfo":{"hasNextPage":true,"endCursor":"next-page"},
  "nodes":[
    {"ghsaId":"GHSA-aaaa-bbbb-cccc","identifiers":[{"type":"GHSA","value":"GHSA-aaaa-bbbb-cccc"},{"type":"CVE","value":"CVE-2024-0001"}],
     "summary":"A flaw","description":"More about it","severity":"MODERATE",
     "cvssSeverities":{"cvssV3":{"vectorString":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"},"cvssV4":{"vectorString":null}},
     "cwes":{"nodes":[{"cweId":"CWE-79"},{"cweId":"CWE-79"}]},"references":[{"url":"https://example.com/a"}],
     "publishedAt":"2024-01-01T00:00:00Z","updatedAt":"2024-01-02T00:00:00Z","withdrawnAt":null,
     "vulnerabilities":{"pageInfo":{"hasNextPage":true,"endCursor":"more"},"nodes":[
       {"package":{"ecosystem":"PIP","name":"Some.Thing"},"vulnerableVersionRange":">= 1.0, < 1.2.3","firstPatchedVersion":{"identifier":"1.2.3"}},
       {"package":{"ecosystem":"PIP","name":"some-thing"},"vulnerableVersionRange":"= 2.0","firstPatchedVersion":null},
       {"package":{"ecosystem":"PIP","name":"some-thing"},"vulnerableVersionRange":"= 3.0","firstPatchedVersion":{"identifier":"3.0.1"}},
       {"package":{"ecosystem":"ERLANG","name":"thing"},"vulnerableVersionRange":"<= 1.4","firstPatchedVersion":{"identifier":"1.5"}},
       {"package":{"ecosystem":"NPM","name":"thing"},"vulnerableVersionRange":"< 1.4.0","firstPatchedVersion":null},
       {"package":{"ecosystem":"RUST","name":"thing"},"vulnerableVersionRange":"> 1.0.0","firstPatchedVersion":null},
       {"package":{"ecosystem":"FUTURE","name":"thing"},"vulnerableVersionRange":"> 1.0.0","firstPatchedVersion":null}]}},
    {"ghsaId":"GHSA-dddd-eeee-ffff","severity":"LOW","updatedAt":"2024-01-03T00:00:00Z","withdrawnAt":"2024-01-03T00:00:00Z",
     "cvssSeverities":null,"vulnerabilities":{"nodes":[]}},
    {"ghsaId":"GHSA-gggg-hhhh-iiii","updatedAt":null}]}}}"#;

#[test]
fn a_page_of_githubs_advisories_is_read() {
    let page = ghsa::parse(PAGE).unwrap();
    assert_eq!(page.next.as_deref(), Some("next-page"));
    assert_eq!(page.rest, [("GHSA-aaaa-bbbb-cccc".to_owned(), "more".to_owned())]);
    assert_eq!(page.advisories.len(), 3);
    let first = page.advisories[0].as_ref().unwrap();
    assert_eq!(first.aliases, ["CVE-2024-0001"]);
    assert_eq!((first.severity, first.word), (Severity::Critical, Some(Severity::Medium)));
    assert_eq!(first.vectors[0].version, Version::V3_1);
    assert_eq!((first.cwes.as_slice(), first.references.len()), (&[79][..], 1));
    assert_eq!(first.published, Some(1_704_067_200_000));
    let names: Vec<(&str, &str)> =
        first.affected.iter().map(|entry| (entry.ecosystem.as_str(), entry.name.as_str())).collect();
    assert_eq!(names, [("PyPI", "some-thing"), ("Hex", "thing"), ("npm", "thing"), ("crates.io", "thing")]);
    let at = |purl: &str| {
        let package = Package::all_from_purl(purl).unwrap().remove(0);
        let found = first.affected.iter().find_map(|entry| entry.matches(&package))?;
        Some((found.reason, found.fixed))
    };
    let is = |reason: &str, fixed: Option<&str>| Some((reason.to_owned(), fixed.map(str::to_owned)));
    assert_eq!(at("pkg:pypi/some.thing@1.1"), is(">= 1.0, < 1.2.3", Some("1.2.3")));
    assert_eq!(at("pkg:pypi/some.thing@1.2.3"), None);
    assert_eq!(at("pkg:pypi/some.thing@2.0"), is("= 2.0", Some("3.0.1")));
    assert_eq!(at("pkg:pypi/some.thing@3.0"), is(">= 3.0, <= 3.0", Some("3.0.1")));
    assert_eq!(at("pkg:npm/thing@1.3.9"), is("< 1.4.0", None));
    assert_eq!(at("pkg:npm/thing@1.4.0"), None);
    assert_eq!(at("pkg:cargo/thing@1.0.0"), None, "behind that version only");
    assert_eq!(at("pkg:cargo/thing@1.0.1"), is("> 1.0.0", None));
    let second = page.advisories[1].as_ref().unwrap();
    assert!(second.withdrawn && second.severity == Severity::Low);
    let refused = page.advisories[2].as_ref().unwrap_err().to_string();
    assert!(refused.contains("GHSA-gggg-hhhh-iiii"), "{refused}");
}

#[test]
fn githubs_refusals_are_passed_on() {
    for (answer, wanted) in [
        (r#"{"errors":[{"type":"RATE_LIMITED","message":"API rate limit exceeded"}]}"#, "rate limit"),
        (
            r#"{"data":{"securityAdvisories":null},"errors":[{"message":"Something broke"}]}"#,
            "Something broke",
        ),
        (r#"{"message":"Bad credentials","status":"401"}"#, "Bad credentials"),
        ("{}", "no advisory"),
        ("<html>", "line 1"),
    ] {
        let error = ghsa::parse(answer.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(wanted), "{error}");
    }
    let query: serde_json::Value =
        serde_json::from_str(&ghsa::query(Some("2024-01-01T00:00:00Z"), None)).unwrap();
    assert_eq!(query["variables"], serde_json::json!({ "since": "2024-01-01T00:00:00Z", "after": null }));
    let text = query["query"].as_str().unwrap();
    assert_eq!(text.matches('{').count(), text.matches('}').count());
    for field in ["ghsaId", "withdrawnAt", "cvssV4 { vectorString }", "vulnerableVersionRange", "endCursor"] {
        assert!(text.contains(field), "{field}");
    }
    let rest: serde_json::Value = serde_json::from_str(&ghsa::rest_query("GHSA-1", "more")).unwrap();
    assert_eq!(rest["variables"], serde_json::json!({ "id": "GHSA-1", "after": "more" }));
    let answer = br#"{"data":{"securityAdvisory":{"vulnerabilities":{"pageInfo":{"hasNextPage":false,"endCursor":"x"},
        "nodes":[{"package":{"ecosystem":"GO","name":"Example.com/a"},"vulnerableVersionRange":"< 1.0"}]}}}}"#;
    let (affected, next) = ghsa::parse_rest(answer).unwrap();
    assert_eq!((affected[0].name.as_str(), next), ("example.com/a", None));
}

#[test]
fn scores_of_epss_are_read_row_by_row() {
    let file = "#model_version:v2025.03.14,score_date:2025-03-18T00:00:00+0000\ncve,epss,percentile\nCVE-2024-0001,0.5,0.97\r\n\
        CVE-2024-0002,high,0.1\nCVE-2024-0003,0.00012,0.0\nGHSA-x,0.1,0.1\nCVE-2024-0004,1.5,0.1\n\nCVE-2024-0005,1,1";
    let mut good = Vec::new();
    let mut bad = Vec::new();
    let header = epss::read(file.as_bytes(), |row| match row {
        Ok(score) => good.push((score.cve, score.score, score.percentile)),
        Err(error) => bad.push(error.to_string()),
    })
    .unwrap();
    assert_eq!(header.model.as_deref(), Some("v2025.03.14"));
    assert_eq!(header.date, Some(1_742_256_000_000));
    let wanted = [("CVE-2024-0001", 0.5, 0.97), ("CVE-2024-0003", 0.00012, 0.0), ("CVE-2024-0005", 1.0, 1.0)];
    assert_eq!(good, wanted.map(|(cve, score, percentile)| (cve.to_owned(), score, percentile)));
    let lines: Vec<&str> = bad.iter().filter_map(|text| text.split(' ').nth(2)).collect();
    assert_eq!(lines, ["4", "6", "7"], "{bad:#?}");
    for broken in ["", "#model_version:v1\n", "a,b\nCVE-1,0,0", "\u{1f}\u{8b}\n"] {
        assert!(epss::read(broken.as_bytes(), |_| {}).is_err(), "{broken:?}");
    }
    let mut rows = 0;
    let long = format!("cve,epss,percentile\n{}\n", "x".repeat(10_000));
    epss::read(long.as_bytes(), |row| rows += usize::from(row.is_err())).unwrap();
    assert!(rows > 0, "a line without end is refused in pieces");
}

#[test]
fn the_catalogue_of_exploited_flaws_is_read() {
    let catalogue = kev::parse(
        br#"{"title":"t","catalogVersion":"2025.01.02","dateReleased":"2025-01-02T10:00:00.1234Z","count":3,"vulnerabilities":[
        {"cveID":"CVE-2024-0001","vendorProject":"Acme","product":"Thing","vulnerabilityName":"Flaw","dateAdded":"2025-01-01","dueDate":"2025-01-22",
         "knownRansomwareCampaignUse":"Known","requiredAction":"Patch","shortDescription":"Bad","notes":"","cwes":["CWE-59","x"]},
        {"cveID":"CVE-2024-0002","knownRansomwareCampaignUse":"Unknown","dateAdded":"?"},{"cveID":null}]}"#,
    )
    .unwrap();
    assert_eq!(
        (catalogue.version.as_deref(), catalogue.released),
        (Some("2025.01.02"), Some(1_735_812_000_123))
    );
    assert_eq!(catalogue.entries.len(), 2);
    let first = &catalogue.entries[0];
    assert_eq!((first.cve.as_str(), first.ransomware, first.notes.as_deref()), ("CVE-2024-0001", true, None));
    assert_eq!((first.added, first.due), (Some(1_735_689_600_000), Some(1_737_504_000_000)));
    assert_eq!(first.cwes, [59]);
    assert_eq!((catalogue.entries[1].ransomware, catalogue.entries[1].added), (false, None));
    assert!(kev::parse(b"{}").is_err());
}

#[test]
fn weaknesses_have_names() {
    assert!(cwe::name(79).unwrap().contains("Cross-site Scripting"));
    assert_eq!(cwe::name(1004), Some("Sensitive Cookie Without 'HttpOnly' Flag"));
    assert_eq!(cwe::name(255), Some("Credentials Management Errors"), "a category");
    assert_eq!((cwe::name(0), cwe::name(u32::MAX)), (None, None));
    assert!(cwe::all().len() > 1_300 && cwe::all().is_sorted_by(|a, b| a.0 < b.0));
    let mut read = Vec::new();
    let file = r#"<?xml version="1.0"?><c:Weakness_Catalog xmlns:c="x"><c:Weaknesses>
        <c:Weakness ID="1" Name="A &amp; B" Status="Draft"><c:Description>d</c:Description></c:Weakness>
        <c:Weakness ID="x" Name="no"/><c:Weakness ID="3"/></c:Weaknesses>
        <c:Categories><c:Category ID="2" Name="C"/></c:Categories></c:Weakness_Catalog>"#;
    cwe::read_xml(file.as_bytes(), |id, name| read.push((id, name.to_owned()))).unwrap();
    assert_eq!(read, [(1, "A & B".to_owned()), (2, "C".to_owned())]);
    for broken in ["", "{}", "<a></b>", "<Weaknesses/>"] {
        assert!(cwe::read_xml(broken.as_bytes(), |_, _| {}).is_err(), "{broken:?}");
    }
}

#[test]
fn damaged_documents_are_refused_or_read_but_never_end_the_process() {
    let record = br#"{"id":"X-1","modified":"2024-01-02T03:04:05Z","severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
        "affected":[{"package":{"ecosystem":"Debian:12","name":"a"},"versions":["1.0"],"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"1.2"}]}]}]}"#;
    let purl = "pkg:rpm/redhat/openssl-libs@3.0.7-6.el9_2?arch=x86_64&epoch=1&distro=rhel-9.2&upstream=openssl-3.0.7-6.el9_2.src.rpm";
    let mut read = 0;
    for document in [&record[..], PAGE, purl.as_bytes(), b"cve,epss,percentile\nCVE-1,0.1,0.2\n"] {
        for at in 0..document.len() {
            for byte in [None, Some(b'"'), Some(b'['), Some(0xc3)] {
                let mut damaged = document.to_vec();
                match byte {
                    None => damaged.truncate(at),
                    Some(byte) => damaged[at] = byte,
                }
                let text = String::from_utf8_lossy(&damaged);
                let packages = Package::all_from_purl(&text).unwrap_or_default();
                if let Ok(advisory) = parse(&damaged) {
                    read += 1;
                    let package = Package::all_from_purl("pkg:deb/debian/a@1.0?distro=debian-12").unwrap();
                    for affected in advisory.affected {
                        packages.iter().chain(&package).for_each(|package| drop(affected.matches(package)));
                        affected.compact();
                    }
                }
                read += usize::from(ghsa::parse(&damaged).is_ok()) + packages.len();
                read += usize::from(epss::read(&damaged[..], |_| {}).is_ok() || kev::parse(&damaged).is_ok());
            }
        }
    }
    assert!(read > 1_000, "{read} were read");
}
