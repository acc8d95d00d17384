//! The National Vulnerability Database: pages of its CVE API 2.0 and its feeds 2.0, which have one shape.

use std::fmt;
use std::io::Read;

use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::cpe::{Configuration, Criterion, Name, Operator};
use crate::{Advisory, Error, Evidence, Severity, cvss};

/// What a page says of itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Page {
    /// How many records there are in all.
    pub total_results: u64,
    /// The place of the first record of this page among them.
    pub start_index: u64,
    /// How many records a page has.
    pub results_per_page: u64,
    /// When it was written (epoch milliseconds).
    pub timestamp: Option<i64>,
}

/// Reads a page or a feed (JSON, UTF-8) and hands over each record when it is read: no more than one
/// is in memory.
///
/// A record that cannot be used is handed over as [`Error::Record`], and the next follows.
///
/// # Errors
/// When the document as a whole is not JSON, is cut short, or has no `vulnerabilities`. What was
/// handed over until then is good.
pub fn read(input: impl Read, each: impl FnMut(Result<Advisory, Error>)) -> Result<Page, Error> {
    let mut json = serde_json::Deserializer::from_reader(std::io::BufReader::new(input));
    let page = json.deserialize_map(Document(each)).map_err(Error::Nvd)?;
    json.end().map_err(Error::Nvd)?;
    Ok(page)
}

struct Document<F>(F);

impl<'de, F: FnMut(Result<Advisory, Error>)> Visitor<'de> for Document<F> {
    type Value = Page;

    fn expecting(&self, out: &mut fmt::Formatter) -> fmt::Result {
        out.write_str("an object with \"vulnerabilities\"")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Page, A::Error> {
        let mut page = Page::default();
        let mut seen = false;
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "totalResults" => page.total_results = map.next_value()?,
                "startIndex" => page.start_index = map.next_value()?,
                "resultsPerPage" => page.results_per_page = map.next_value()?,
                "timestamp" => page.timestamp = millis(&map.next_value::<String>()?),
                "vulnerabilities" => {
                    map.next_value_seed(Records(&mut self.0))?;
                    seen = true;
                }
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        if seen { Ok(page) } else { Err(serde::de::Error::missing_field("vulnerabilities")) }
    }
}

struct Records<'a, F>(&'a mut F);

impl<'de, F: FnMut(Result<Advisory, Error>)> DeserializeSeed<'de> for Records<'_, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, input: D) -> Result<(), D::Error> {
        input.deserialize_seq(self)
    }
}

impl<'de, F: FnMut(Result<Advisory, Error>)> Visitor<'de> for Records<'_, F> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter) -> fmt::Result {
        out.write_str("a list of records")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let mut at = 0_usize;
        while let Some(raw) = list.next_element::<Box<RawValue>>()? {
            (self.0)(record(raw.get(), at));
            at += 1;
        }
        Ok(())
    }
}

fn record(text: &str, at: usize) -> Result<Advisory, Error> {
    let refuse = |message: String| {
        let id = serde_json::from_str::<Item<Head>>(text).map(|item| item.cve.id);
        Error::Record { id: id.unwrap_or_else(|_| format!("vulnerabilities[{at}]")), message }
    };
    let item: Item<Record> = serde_json::from_str(text).map_err(|e| refuse(e.to_string()))?;
    advisory(item.cve).map_err(refuse)
}

#[derive(Deserialize)]
struct Item<T> {
    cve: T,
}

#[derive(Deserialize)]
struct Head {
    id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    id: String,
    published: Option<String>,
    last_modified: String,
    vuln_status: Option<String>,
    #[serde(default)]
    descriptions: Vec<Text>,
    #[serde(default)]
    metrics: Metrics,
    #[serde(default)]
    weaknesses: Vec<Weakness>,
    #[serde(default)]
    configurations: Vec<RecordConfiguration>,
    #[serde(default)]
    references: Vec<Reference>,
}

#[derive(Deserialize)]
struct Text {
    lang: String,
    value: String,
}

#[derive(Deserialize, Default)]
struct Metrics {
    #[serde(rename = "cvssMetricV40", default)]
    v40: Vec<Metric>,
    #[serde(rename = "cvssMetricV31", default)]
    v31: Vec<Metric>,
    #[serde(rename = "cvssMetricV30", default)]
    v30: Vec<Metric>,
    #[serde(rename = "cvssMetricV2", default)]
    v2: Vec<Metric>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metric {
    #[serde(rename = "type", default)]
    kind: String,
    cvss_data: Cvss,
    /// v2 has it here.
    base_severity: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Cvss {
    vector_string: String,
    base_severity: Option<String>,
}

#[derive(Deserialize)]
struct Weakness {
    #[serde(default)]
    description: Vec<Text>,
}

#[derive(Deserialize)]
struct Reference {
    url: String,
}

#[derive(Deserialize)]
struct RecordConfiguration {
    operator: Option<Operator>,
    #[serde(default)]
    negate: bool,
    #[serde(default)]
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Node {
    operator: Option<Operator>,
    #[serde(default)]
    negate: bool,
    #[serde(default)]
    cpe_match: Vec<CpeMatch>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CpeMatch {
    vulnerable: bool,
    criteria: String,
    version_start_including: Option<Box<str>>,
    version_start_excluding: Option<Box<str>>,
    version_end_including: Option<Box<str>>,
    version_end_excluding: Option<Box<str>>,
}

/// Times of the NVD have no zone and are UTC.
fn millis(text: &str) -> Option<i64> {
    let naive = chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").map(|at| at.and_utc());
    naive
        .or_else(|_| chrono::DateTime::parse_from_rfc3339(text).map(|at| at.to_utc()))
        .map(|at| at.timestamp_millis())
        .ok()
}

fn advisory(record: Record) -> Result<Advisory, String> {
    let time =
        |field: &str, text: &str| millis(text).ok_or_else(|| format!("{field}: {text:?} is not a time"));
    if record.id.trim().is_empty() {
        return Err("id: it is empty".to_owned());
    }
    let (vectors, word) = ratings(record.metrics);
    let mut cwes = Vec::new();
    for text in record.weaknesses.iter().flat_map(|weakness| &weakness.description) {
        // NVD-CWE-noinfo and NVD-CWE-Other say nothing.
        let number = text.value.strip_prefix("CWE-").and_then(|number| number.parse().ok());
        cwes.extend(number.filter(|number| !cwes.contains(number)));
    }
    let mut references: Vec<String> = Vec::new();
    for reference in record.references {
        if !reference.url.is_empty() && !references.contains(&reference.url) {
            references.push(reference.url);
        }
    }
    let details = record.descriptions.into_iter().find(|text| text.lang.starts_with("en"));
    Ok(Advisory {
        modified: time("lastModified", &record.last_modified)?,
        published: record.published.as_deref().map(|text| time("published", text)).transpose()?,
        withdrawn: record.vuln_status.is_some_and(|status| status.eq_ignore_ascii_case("rejected")),
        severity: Evidence { vectors: &vectors, word, ..Evidence::default() }.choose().severity,
        word,
        vectors,
        cwes,
        references,
        credits: Vec::new(),
        aliases: Vec::new(),
        upstream: Vec::new(),
        id: record.id,
        summary: None,
        details: details.map(|text| text.value).filter(|text| !text.trim().is_empty()),
        affected: Vec::new(),
        configurations: record
            .configurations
            .into_iter()
            .filter_map(|c| configuration(c).transpose())
            .collect::<Result<_, _>>()?,
    })
}

/// The readable vectors, one of each version of the standard, and the word of the most telling
/// rating. What the NVD itself rated (`Primary`) comes before the ratings of others.
fn ratings(metrics: Metrics) -> (Vec<cvss::Vector>, Option<Severity>) {
    let mut vectors: Vec<cvss::Vector> = Vec::new();
    let mut word = None;
    for mut of_version in [metrics.v40, metrics.v31, metrics.v30, metrics.v2] {
        of_version.sort_by_key(|metric| metric.kind != "Primary");
        vectors.extend(
            of_version.iter().find_map(|metric| cvss::Vector::parse(&metric.cvss_data.vector_string).ok()),
        );
        let said = |metric: &Metric| {
            let said = metric.cvss_data.base_severity.as_deref().or(metric.base_severity.as_deref());
            said.and_then(Severity::parse)
        };
        word = word.or_else(|| of_version.iter().find_map(said));
    }
    (vectors, word)
}

/// None where it has no criterion.
fn configuration(record: RecordConfiguration) -> Result<Option<Configuration>, String> {
    let mut nodes = Vec::with_capacity(record.nodes.len());
    for node in record.nodes.into_iter().filter(|node| !node.cpe_match.is_empty()) {
        nodes.push(Configuration {
            operator: node.operator.unwrap_or_default(),
            negate: node.negate,
            criteria: node.cpe_match.into_iter().map(criterion).collect::<Result<_, _>>()?,
            nodes: Vec::new(),
        });
    }
    if nodes.is_empty() {
        return Ok(None);
    }
    if nodes.len() == 1 && !record.negate {
        return Ok(nodes.pop());
    }
    let operator = record.operator.unwrap_or_default();
    Ok(Some(Configuration { operator, negate: record.negate, criteria: Vec::new(), nodes }))
}

fn criterion(record: CpeMatch) -> Result<Criterion, String> {
    let bound = |bound: Option<Box<str>>| bound.filter(|bound| !bound.trim().is_empty());
    Ok(Criterion {
        name: Name::parse(&record.criteria).map_err(|e| format!("criteria: {e}"))?,
        platform: !record.vulnerable,
        at_least: bound(record.version_start_including),
        above: bound(record.version_start_excluding),
        at_most: bound(record.version_end_including),
        below: bound(record.version_end_excluding),
    })
}
