//! Version ranges in the notation VERS: `vers:npm/>=1.2.3|<2.0.0`.

use std::cmp::Ordering;

use versions::Scheme;

/// Whether a version is in a range. None when the text is no range.
pub(super) fn contains(range: &str, version: &str) -> Option<bool> {
    let (kind, constraints) = range.trim().strip_prefix("vers:")?.split_once('/')?;
    let scheme = Scheme::for_purl_type(kind).unwrap_or(Scheme::Generic);
    if constraints.trim() == "*" {
        return Some(true);
    }
    let mut bounds: Vec<(&str, Ordering)> = Vec::new();
    for constraint in constraints.split('|').map(str::trim).filter(|text| !text.is_empty()) {
        let operators = [">=", "<=", "!=", ">", "<", "="];
        let operator = operators.into_iter().find(|operator| constraint.starts_with(operator));
        let text = operator.map_or(constraint, |operator| constraint.trim_start_matches(operator)).trim();
        let order = scheme.compare(version, text);
        match operator.unwrap_or("=") {
            "=" if order.is_eq() => return Some(true),
            "!=" if order.is_eq() => return Some(false),
            "=" => {}
            other => bounds.push((other, order)),
        }
    }
    let is_lower = |operator: &str| operator.starts_with('>');
    let meets = |(operator, order): &(&str, Ordering)| match *operator {
        ">" => order.is_gt(),
        ">=" => order.is_ge(),
        "<" => order.is_lt(),
        "<=" => order.is_le(),
        _ => true,
    };
    if bounds.iter().all(|(operator, _)| *operator == "!=") {
        return Some(!bounds.is_empty());
    }
    bounds.retain(|(operator, _)| *operator != "!=");
    // Lower and upper bounds take turns, and each pair is an interval; ends may be open.
    let mut rest = bounds.as_slice();
    while let Some((first, tail)) = rest.split_first() {
        match tail.split_first() {
            Some((second, tail)) if is_lower(first.0) && !is_lower(second.0) => {
                if meets(first) && meets(second) {
                    return Some(true);
                }
                rest = tail;
            }
            _ => {
                if meets(first) {
                    return Some(true);
                }
                rest = tail;
            }
        }
    }
    Some(false)
}
