//! CISA's catalogue of known exploited vulnerabilities (JSON).

use serde::{Deserialize, Serialize};

use crate::Error;
use crate::lenient::{List, Text, cwe, day_millis, millis, objects};

/// The catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Catalogue {
    /// Its version, `2025.08.25`.
    pub version: Option<String>,
    /// When it was released (epoch milliseconds).
    pub released: Option<i64>,
    /// The flaws, the latest first.
    pub entries: Vec<Entry>,
}

/// A flaw that is known to be exploited. Its JSON is what the analyzer keeps.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Entry {
    /// `CVE-…`
    pub cve: String,
    /// Who makes the product.
    pub vendor: Option<String>,
    /// The product.
    pub product: Option<String>,
    /// The name of the flaw.
    pub name: Option<String>,
    /// The day on which it came into the catalogue (epoch milliseconds).
    pub added: Option<i64>,
    /// The day until which agencies must have acted (epoch milliseconds).
    pub due: Option<i64>,
    /// Whether campaigns of ransomware are known to use it.
    pub ransomware: bool,
    /// What to do.
    pub action: Option<String>,
    /// What it is.
    pub description: Option<String>,
    /// Notes, mostly addresses.
    pub notes: Option<String>,
    /// Numbers of the weaknesses (CWE).
    pub cwes: Vec<u32>,
}

#[derive(Deserialize)]
struct Document {
    #[serde(rename = "catalogVersion", default)]
    version: Text,
    #[serde(rename = "dateReleased", default)]
    released: Text,
    vulnerabilities: List<Row>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Row {
    #[serde(rename = "cveID")]
    cve: Text,
    vendor_project: Text,
    product: Text,
    vulnerability_name: Text,
    date_added: Text,
    due_date: Text,
    known_ransomware_campaign_use: Text,
    required_action: Text,
    short_description: Text,
    notes: Text,
    cwes: List<String>,
}

objects!(Row);

/// Reads the catalogue. An entry without a CVE is left out.
///
/// # Errors
/// When it is not JSON, or has no list of vulnerabilities.
pub fn parse(bytes: &[u8]) -> Result<Catalogue, Error> {
    let document: Document = serde_json::from_slice(bytes)
        .map_err(|e| Error::Field { field: "KEV catalogue", message: e.to_string() })?;
    let day = |text: Text| text.0.as_deref().and_then(day_millis);
    let entry = |row: Row| {
        Some(Entry {
            cve: row.cve.filled()?,
            vendor: row.vendor_project.filled(),
            product: row.product.filled(),
            name: row.vulnerability_name.filled(),
            added: day(row.date_added),
            due: day(row.due_date),
            ransomware: row
                .known_ransomware_campaign_use
                .0
                .is_some_and(|word| word.eq_ignore_ascii_case("known")),
            action: row.required_action.filled(),
            description: row.short_description.filled(),
            notes: row.notes.filled(),
            cwes: row.cwes.into_iter().filter_map(|text| cwe(&text)).collect(),
        })
    };
    Ok(Catalogue {
        version: document.version.filled(),
        released: document.released.0.as_deref().and_then(millis),
        entries: document.vulnerabilities.into_iter().filter_map(entry).collect(),
    })
}
