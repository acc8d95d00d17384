//! CVSS v3.0 and v3.1: the equations of the specification, §7 (v3.1) and §8 (v3.0).

use super::{Metrics, Scores, tenth};

const KNOWN: [&str; 22] = [
    "AV", "AC", "PR", "UI", "S", "C", "I", "A", "E", "RL", "RC", "CR", "IR", "AR", "MAV", "MAC", "MPR",
    "MUI", "MS", "MC", "MI", "MA",
];
const ENVIRONMENTAL: [&str; 11] = ["CR", "IR", "AR", "MAV", "MAC", "MPR", "MUI", "MS", "MC", "MI", "MA"];
const VECTOR: [(&str, f64); 4] = [("N", 0.85), ("A", 0.62), ("L", 0.55), ("P", 0.2)];
const COMPLEXITY: [(&str, f64); 2] = [("L", 0.77), ("H", 0.44)];
const INTERACTION: [(&str, f64); 2] = [("N", 0.85), ("R", 0.62)];
const IMPACT: [(&str, f64); 3] = [("H", 0.56), ("L", 0.22), ("N", 0.0)];
const REQUIREMENT: [(&str, f64); 3] = [("H", 1.5), ("M", 1.0), ("L", 0.5)];
/// 1.0 stands for a changed scope.
const SCOPE: [(&str, f64); 2] = [("U", 0.0), ("C", 1.0)];

fn privileges(changed: bool) -> [(&'static str, f64); 3] {
    if changed { [("N", 0.85), ("L", 0.68), ("H", 0.5)] } else { [("N", 0.85), ("L", 0.62), ("H", 0.27)] }
}

/// Rounds up to one decimal; v3.1 (appendix A) avoids the errors of floating point.
fn round_up(value: f64, v31: bool) -> f64 {
    if !v31 {
        // Real numbers as the specification means them: what is a tenth stays one in floating point.
        return (value * 10.0 - 1e-9).max(0.0).ceil() / 10.0;
    }
    let whole = (value * 100_000.0).round();
    if whole % 10_000.0 == 0.0 { whole / 100_000.0 } else { ((whole / 10_000.0).floor() + 1.0) / 10.0 }
}

/// The scores of the metrics.
pub(super) fn scores(text: &str, v31: bool) -> Result<Scores, String> {
    let m = Metrics::read(text, &KNOWN)?;
    let changed = m.weight("S", &SCOPE)? > 0.0;
    let (av, ac, ui) =
        (m.weight("AV", &VECTOR)?, m.weight("AC", &COMPLEXITY)?, m.weight("UI", &INTERACTION)?);
    let pr = m.weight("PR", &privileges(changed))?;
    let (c, i, a) = (m.weight("C", &IMPACT)?, m.weight("I", &IMPACT)?, m.weight("A", &IMPACT)?);
    let sub = 1.0 - (1.0 - c) * (1.0 - i) * (1.0 - a);
    let impact = if changed { 7.52 * (sub - 0.029) - 3.25 * (sub - 0.02).powi(15) } else { 6.42 * sub };
    let combine = |impact: f64, exploitability: f64, changed: bool| {
        if impact <= 0.0 {
            return 0.0;
        }
        let sum = impact + exploitability;
        round_up(if changed { (1.08 * sum).min(10.0) } else { sum.min(10.0) }, v31)
    };
    let exploitability = 8.22 * av * ac * pr * ui;
    let base = combine(impact, exploitability, changed);

    let e = m.optional("E", "X", &[("H", 1.0), ("F", 0.97), ("P", 0.94), ("U", 0.91)], 1.0)?;
    let rl = m.optional("RL", "X", &[("U", 1.0), ("W", 0.97), ("T", 0.96), ("O", 0.95)], 1.0)?;
    let rc = m.optional("RC", "X", &[("C", 1.0), ("R", 0.96), ("U", 0.92)], 1.0)?;

    let mut scores = Scores {
        base,
        impact: Some(tenth(impact)),
        exploitability: Some(tenth(exploitability)),
        temporal: m.any(&["E", "RL", "RC"], "X").then(|| round_up(base * e * rl * rc, v31)),
        environmental: None,
        modified_impact: None,
    };

    let changed = m.optional("MS", "X", &SCOPE, if changed { 1.0 } else { 0.0 })? > 0.0;
    let av = m.optional("MAV", "X", &VECTOR, av)?;
    let ac = m.optional("MAC", "X", &COMPLEXITY, ac)?;
    let ui = m.optional("MUI", "X", &INTERACTION, ui)?;
    let pr = match m.get("MPR") {
        // The weight of the base metric depends on the modified scope.
        None | Some("X") => m.weight("PR", &privileges(changed))?,
        Some(_) => m.weight("MPR", &privileges(changed))?,
    };
    let c = m.optional("MC", "X", &IMPACT, c)? * m.optional("CR", "X", &REQUIREMENT, 1.0)?;
    let i = m.optional("MI", "X", &IMPACT, i)? * m.optional("IR", "X", &REQUIREMENT, 1.0)?;
    let a = m.optional("MA", "X", &IMPACT, a)? * m.optional("AR", "X", &REQUIREMENT, 1.0)?;
    if m.any(&ENVIRONMENTAL, "X") {
        let sub = (1.0 - (1.0 - c) * (1.0 - i) * (1.0 - a)).min(0.915);
        let impact = match (changed, v31) {
            (false, _) => 6.42 * sub,
            (true, true) => 7.52 * (sub - 0.029) - 3.25 * (sub * 0.9731 - 0.02).powi(13),
            (true, false) => 7.52 * (sub - 0.029) - 3.25 * (sub - 0.02).powi(15),
        };
        let modified = combine(impact, 8.22 * av * ac * pr * ui, changed);
        scores.environmental = Some(round_up(modified * e * rl * rc, v31));
        scores.modified_impact = Some(tenth(impact));
    }
    Ok(scores)
}
