//! Pages and feeds of the NVD: what is read from a record, what is refused, and how much is held.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod dice;

use std::cell::Cell;
use std::io::Read;

use advisories::cvss::Version;
use advisories::nvd::{self, Page};
use advisories::{Advisory, Error, Severity};
use dice::Dice;
use serde_json::{Value, json};

fn record(id: &str) -> Value {
    json!({"cve": {
        "id": id,
        "sourceIdentifier": "security@example.org",
        "published": "2022-01-06T05:15:00.000",
        "lastModified": "2022-01-12T20:14:00.123",
        "vulnStatus": "Analyzed",
        "descriptions": [{"lang": "es", "value": "Un defecto"}, {"lang": "en", "value": "A flaw"}],
        "metrics": {
            "cvssMetricV31": [
                {"source": "a", "type": "Secondary", "cvssData": {"version": "3.1", "baseScore": 9.8,
                    "vectorString": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "baseSeverity": "CRITICAL"}},
                {"source": "nvd@nist.gov", "type": "Primary", "cvssData": {"version": "3.1", "baseScore": 6.1,
                    "vectorString": "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", "baseSeverity": "MEDIUM"}}],
            "cvssMetricV2": [{"source": "nvd@nist.gov", "type": "Primary", "baseSeverity": "HIGH",
                "cvssData": {"version": "2.0", "vectorString": "AV:N/AC:L/Au:N/C:C/I:C/A:C"}}]},
        "weaknesses": [
            {"source": "nvd@nist.gov", "type": "Primary", "description": [{"lang": "en", "value": "NVD-CWE-noinfo"}]},
            {"source": "a", "type": "Secondary", "description": [{"lang": "en", "value": "CWE-601"},
                {"lang": "en", "value": "CWE-79"}, {"lang": "en", "value": "CWE-601"}]}],
        "configurations": [{"nodes": [{"operator": "OR", "negate": false, "cpeMatch": [
            {"vulnerable": true, "criteria": "cpe:2.3:a:v:p:*:*:*:*:*:*:*:*", "versionEndExcluding": "1.0.0",
                "versionStartIncluding": "", "matchCriteriaId": "82D06784-8A3B-5D6A-8A33-6ADA172400C6"}]},
            {"operator": "OR", "negate": false, "cpeMatch": []}]}],
        "references": [{"url": "https://example.org/1", "source": "a", "tags": ["Patch"]},
            {"url": "https://example.org/2"}, {"url": "https://example.org/1", "source": "b"}]}})
}

fn read(text: &str) -> (Result<Page, Error>, Vec<Result<Advisory, Error>>) {
    let mut records = Vec::new();
    let page = nvd::read(text.as_bytes(), |record| records.push(record));
    (page, records)
}

fn page(records: &[Value]) -> Value {
    json!({"resultsPerPage": 2000, "startIndex": 4000, "totalResults": 250_000, "format": "NVD_CVE",
        "version": "2.0", "timestamp": "2026-08-07T00:00:00.000", "vulnerabilities": records})
}

#[test]
fn a_record_becomes_an_advisory() {
    let (page, mut records) = read(&page(&[record("CVE-2022-0122")]).to_string());
    let expected = Page {
        total_results: 250_000,
        start_index: 4000,
        results_per_page: 2000,
        timestamp: Some(1_786_060_800_000),
    };
    assert_eq!(page.unwrap(), expected);
    let one = records.pop().unwrap().unwrap();
    assert_eq!(
        (one.id.as_str(), one.details.as_deref(), one.withdrawn),
        ("CVE-2022-0122", Some("A flaw"), false)
    );
    assert_eq!((one.published, one.modified), (Some(1_641_446_100_000), 1_642_018_440_123));
    let vectors: Vec<_> = one.vectors.iter().map(|v| (v.version, v.base_score())).collect();
    assert_eq!(vectors, [(Version::V3_1, 6.1), (Version::V2, 10.0)], "what the NVD rated itself comes first");
    assert_eq!((one.severity, one.word), (Severity::Medium, Some(Severity::Medium)));
    assert_eq!(one.cwes, [601, 79]);
    assert_eq!(one.references, ["https://example.org/1", "https://example.org/2"]);
    assert_eq!(one.configurations.len(), 1);
    assert_eq!(one.configurations[0].criteria[0].below.as_deref(), Some("1.0.0"));
    assert_eq!(one.configurations[0].criteria[0].at_least, None);
}

#[test]
fn rejected_records_are_withdrawn_and_bare_ones_are_read() {
    let rejected =
        json!({"cve": {"id": "CVE-1", "lastModified": "2022-01-12T20:14:00", "vulnStatus": "Rejected"}});
    let bare = json!({"cve": {"id": "CVE-2", "lastModified": "2022-01-12T21:14:00+01:00", "metrics": {
        "cvssMetricV40": [{"cvssData": {"vectorString": "CVSS:4.0/AV:N", "baseSeverity": "HIGH"}}]}}});
    let (_, records) = read(&page(&[rejected, bare]).to_string());
    let [Ok(rejected), Ok(bare)] = records.as_slice() else { panic!("{records:?}") };
    assert!(rejected.withdrawn && rejected.severity == Severity::Unassigned && rejected.details.is_none());
    assert_eq!(rejected.modified, bare.modified);
    assert_eq!((bare.vectors.len(), bare.severity), (0, Severity::High), "the word counts without a vector");
}

#[test]
fn a_bad_record_is_named_and_the_others_follow() {
    let mut no_time = record("CVE-2");
    no_time["cve"].as_object_mut().unwrap().remove("lastModified");
    let mut odd_time = record("CVE-3");
    odd_time["cve"]["published"] = "yesterday".into();
    let mut odd_name = record("CVE-4");
    odd_name["cve"]["configurations"][0]["nodes"][0]["cpeMatch"][0]["criteria"] = "cpe:2.3:a:v".into();
    let mut odd_operator = record("CVE-5");
    odd_operator["cve"]["configurations"][0]["nodes"][0]["operator"] = "XOR".into();
    let empty = record(" ");
    let all = [record("CVE-1"), no_time, odd_time, odd_name, odd_operator, empty, json!(7), record("CVE-8")];
    let (page, records) = read(&page(&all).to_string());
    page.unwrap();
    let told: Vec<String> = records
        .iter()
        .map(|record| match record {
            Ok(advisory) => advisory.id.clone(),
            Err(e) => e.to_string(),
        })
        .collect();
    let expected = [
        "CVE-1",
        "CVE-2: missing field `lastModified`",
        "CVE-3: published: \"yesterday\" is not a time",
        "CVE-4: criteria: \"cpe:2.3:a:v\" is not a CPE",
        "CVE-5: unknown variant `XOR`",
        " : id: it is empty",
        "vulnerabilities[6]: invalid type",
        "CVE-8",
    ];
    assert_eq!(told.len(), expected.len());
    for (told, expected) in told.iter().zip(expected) {
        assert!(told.starts_with(expected), "{told}\n{expected}");
    }
}

#[test]
fn a_document_that_is_none_is_refused_after_its_good_records() {
    let whole = page(&[record("CVE-1"), record("CVE-2")]).to_string();
    let cut = &whole[..whole.len() - 300];
    let (page, records) = read(cut);
    assert!(page.unwrap_err().to_string().starts_with("not a page of the NVD"));
    assert_eq!(records.len(), 1, "the second is cut short");
    for wrong in ["", "[]", "{}", "null", "{\"message\":\"no key\"}", "{\"vulnerabilities\":{}}"] {
        assert!(read(wrong).0.is_err(), "{wrong:?}");
    }
    assert!(read(&format!("{whole} more")).0.is_err());
    assert_eq!(read("{\"vulnerabilities\":[]}").0.unwrap(), Page::default());
}

/// A feed of many records that is made while it is read.
struct Feed<'a> {
    record: String,
    left: usize,
    chunk: Vec<u8>,
    given: &'a Cell<usize>,
}

impl Read for Feed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.chunk.is_empty() && self.left > 0 {
            self.left -= 1;
            self.chunk = format!("{}{}", self.record, if self.left > 0 { "," } else { "]}" }).into_bytes();
        }
        let length = buffer.len().min(self.chunk.len());
        buffer[..length].copy_from_slice(&self.chunk[..length]);
        self.chunk.drain(..length);
        self.given.set(self.given.get() + length);
        Ok(length)
    }
}

#[test]
fn no_more_than_a_little_is_read_ahead() {
    let given = Cell::new(0);
    let record = record("CVE-1").to_string();
    let size = record.len();
    let feed = Feed { record, left: 2_000, chunk: b"{\"vulnerabilities\":[".to_vec(), given: &given };
    let mut count = 0;
    nvd::read(feed, |record| {
        record.unwrap();
        count += 1;
        assert!(given.get() < (count + 1) * (size + 1) + 100_000);
    })
    .unwrap();
    assert_eq!(count, 2_000);
}

#[test]
fn no_text_makes_it_panic() {
    let whole = page(&[record("CVE-1"), record("CVE-2")]).to_string();
    let mut dice = Dice::new(6);
    for _ in 0..3_000 {
        let mut text = whole.clone();
        dice.damage(&mut text);
        let _ = read(&text);
        let _ = read(&dice.text(50));
    }
}
