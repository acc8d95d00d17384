//! CVSS v2: the equations of the guide, §3.2.

use super::{Metrics, Scores, tenth};

const KNOWN: [&str; 14] = ["AV", "AC", "Au", "C", "I", "A", "E", "RL", "RC", "CDP", "TD", "CR", "IR", "AR"];
const ENVIRONMENTAL: [&str; 5] = ["CDP", "TD", "CR", "IR", "AR"];
const IMPACT: [(&str, f64); 3] = [("N", 0.0), ("P", 0.275), ("C", 0.66)];
const REQUIREMENT: [(&str, f64); 3] = [("L", 0.5), ("M", 1.0), ("H", 1.51)];

/// The scores of the metrics.
pub(super) fn scores(text: &str) -> Result<Scores, String> {
    let m = Metrics::read(text, &KNOWN)?;
    let vector = m.weight("AV", &[("L", 0.395), ("A", 0.646), ("N", 1.0)])?;
    let complexity = m.weight("AC", &[("H", 0.35), ("M", 0.61), ("L", 0.71)])?;
    let authentication = m.weight("Au", &[("M", 0.45), ("S", 0.56), ("N", 0.704)])?;
    let (c, i, a) = (m.weight("C", &IMPACT)?, m.weight("I", &IMPACT)?, m.weight("A", &IMPACT)?);
    let exploitability = 20.0 * vector * complexity * authentication;
    let base_of = |impact: f64| {
        let f = if impact == 0.0 { 0.0 } else { 1.176 };
        tenth((0.6 * impact + 0.4 * exploitability - 1.5) * f)
    };
    let impact = 10.41 * (1.0 - (1.0 - c) * (1.0 - i) * (1.0 - a));
    let base = base_of(impact);

    let e = m.optional("E", "ND", &[("U", 0.85), ("POC", 0.9), ("F", 0.95), ("H", 1.0)], 1.0)?;
    let rl = m.optional("RL", "ND", &[("OF", 0.87), ("TF", 0.9), ("W", 0.95), ("U", 1.0)], 1.0)?;
    let rc = m.optional("RC", "ND", &[("UC", 0.9), ("UR", 0.95), ("C", 1.0)], 1.0)?;
    let temporal_of = |base: f64| tenth(base * e * rl * rc);

    let damage =
        m.optional("CDP", "ND", &[("N", 0.0), ("L", 0.1), ("LM", 0.3), ("MH", 0.4), ("H", 0.5)], 0.0)?;
    let targets = m.optional("TD", "ND", &[("N", 0.0), ("L", 0.25), ("M", 0.75), ("H", 1.0)], 1.0)?;
    let cr = m.optional("CR", "ND", &REQUIREMENT, 1.0)?;
    let ir = m.optional("IR", "ND", &REQUIREMENT, 1.0)?;
    let ar = m.optional("AR", "ND", &REQUIREMENT, 1.0)?;
    let mut scores = Scores {
        base,
        impact: Some(tenth(impact)),
        exploitability: Some(tenth(exploitability)),
        temporal: m.any(&["E", "RL", "RC"], "ND").then(|| temporal_of(base)),
        environmental: None,
        modified_impact: None,
    };
    if m.any(&ENVIRONMENTAL, "ND") {
        let impact = (10.41 * (1.0 - (1.0 - c * cr) * (1.0 - i * ir) * (1.0 - a * ar))).min(10.0);
        let temporal = temporal_of(base_of(impact));
        scores.environmental = Some(tenth((temporal + (10.0 - temporal) * damage) * targets));
        scores.modified_impact = Some(tenth(impact));
    }
    Ok(scores)
}
