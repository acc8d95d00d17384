//! CVSS v4.0: the `cvss` crate, with the nomenclature of the specification, §1.3.

use std::str::FromStr;

use super::Scores;

const BASE: [&str; 11] = ["AV", "AC", "AT", "PR", "UI", "VC", "VI", "VA", "SC", "SI", "SA"];
const ENVIRONMENTAL: [&str; 14] =
    ["CR", "IR", "AR", "MAV", "MAC", "MAT", "MPR", "MUI", "MVC", "MVI", "MVA", "MSC", "MSI", "MSA"];

/// The scores of the metrics. Each kind of score is the one v4 score of fewer metrics.
pub(super) fn scores(text: &str) -> Result<Scores, String> {
    let metrics: Vec<&str> = text.split('/').filter(|part| !part.is_empty()).collect();
    let named = |metric: &str, names: &[&str]| names.contains(&metric.split(':').next().unwrap_or_default());
    if metrics.iter().filter(|metric| named(metric, &BASE)).count() != BASE.len() {
        return Err(format!("a base metric is missing: {} are needed", BASE.join(" ")));
    }
    let all = score(&metrics)?;
    let of = |names: &[&str]| {
        let chosen: Vec<&str> =
            metrics.iter().copied().filter(|m| named(m, &BASE) || named(m, names)).collect();
        score(&chosen)
    };
    let given = |names: &[&str]| metrics.iter().any(|m| named(m, names) && !m.ends_with(":X"));
    Ok(Scores {
        base: of(&[])?,
        impact: None,
        exploitability: None,
        temporal: given(&["E"]).then(|| of(&["E"])).transpose()?,
        environmental: given(&ENVIRONMENTAL).then_some(all),
        modified_impact: None,
    })
}

fn score(metrics: &[&str]) -> Result<f64, String> {
    let vector = ::cvss::v4::Vector::from_str(&format!("CVSS:4.0/{}", metrics.join("/")));
    Ok(vector.map_err(|e| e.to_string())?.score().value())
}
