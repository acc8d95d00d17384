//! The Exploit Prediction Scoring System: FIRST's daily file of comma-separated values
//! (`epss_scores-YYYY-MM-DD.csv`), a row for each CVE.

use std::io::BufRead;

use crate::Error;
use crate::lenient::{day_millis, millis};

/// How likely a flaw is exploited within 30 days.
#[derive(Debug, Clone, PartialEq)]
pub struct Score {
    /// `CVE-…`
    pub cve: String,
    /// The probability, 0 to 1.
    pub score: f64,
    /// The share of flaws with at most this probability, 0 to 1.
    pub percentile: f64,
}

/// What the first line of a file says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Header {
    /// The version of the model, `v2026.06.15`.
    pub model: Option<String>,
    /// The day of the scores (epoch milliseconds).
    pub date: Option<i64>,
}

/// The longest line that is read as one; rows have about 35 bytes.
const LINE: u64 = 4_096;

/// Reads a file, uncompressed, a row at a time. A row that cannot be read is handed over as an error
/// that names its line, and the next one follows.
///
/// # Errors
/// When the input cannot be read, or the rows are not `cve,epss,percentile`.
pub fn read(mut input: impl BufRead, mut each: impl FnMut(Result<Score, Error>)) -> Result<Header, Error> {
    let mut header = Header::default();
    let mut columns = false;
    let mut line = Vec::new();
    let mut number = 0_usize;
    loop {
        line.clear();
        number += 1;
        let refused = |message: String| Error::Field { field: "EPSS", message };
        let mut limited = std::io::Read::take(&mut input, LINE);
        let read = limited
            .read_until(b'\n', &mut line)
            .map_err(|e| refused(format!("line {number} cannot be read: {e}")))?;
        if read == 0 {
            break;
        }
        let text = std::str::from_utf8(&line).unwrap_or_default().trim_start_matches('\u{feff}').trim();
        if let Some(comment) = text.strip_prefix('#') {
            note(comment, &mut header);
        } else if !columns {
            let wanted = "cve,epss,percentile";
            if !text.eq_ignore_ascii_case(wanted) {
                let found: String = text.chars().take(100).collect();
                return Err(refused(format!("line {number} is {found:?}, and not the columns {wanted}")));
            }
            columns = true;
        } else if !text.is_empty() || line.iter().any(|byte| !byte.is_ascii_whitespace()) {
            let found: String = text.chars().take(100).collect();
            let score = row(text).ok_or_else(|| {
                refused(format!("line {number} is {found:?}, and not a CVE with two numbers from 0 to 1"))
            });
            each(score);
        }
    }
    if !columns {
        return Err(Error::Field { field: "EPSS", message: "there are no rows".to_owned() });
    }
    Ok(header)
}

/// `model_version:v2023.03.01,score_date:2025-02-01T00:00:00+0000`
fn note(comment: &str, header: &mut Header) {
    for part in comment.split(',') {
        match part.trim().split_once(':') {
            Some(("model_version", version)) => header.model = Some(version.trim().to_owned()),
            Some(("score_date", date)) => {
                // The zone is written without a colon, which RFC 3339 wants.
                header.date = millis(date).or_else(|| day_millis(date.split('T').next().unwrap_or(date)));
            }
            _ => {}
        }
    }
}

fn row(text: &str) -> Option<Score> {
    let mut fields = text.split(',').map(|field| field.trim().trim_matches('"'));
    let cve = fields.next().filter(|cve| cve.starts_with("CVE-"))?.to_owned();
    let mut share = || fields.next()?.parse::<f64>().ok().filter(|value| (0.0..=1.0).contains(value));
    let (score, percentile) = (share()?, share()?);
    Some(Score { cve, score, percentile })
}
