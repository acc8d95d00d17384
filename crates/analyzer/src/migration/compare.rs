//! The findings of a project there and here, side by side.

use std::collections::{BTreeSet, HashMap};

use dependency_track::Finding;
use serde_json::{Value, json};

use super::door::path;
use super::kind::{items, text};
use super::project::Copied;
use super::{Result, Run};

/// The ids by which a finding here is known: its vulnerability's own and every alias.
fn ids(vulnerability: &Value) -> BTreeSet<String> {
    let mut ids = BTreeSet::from([text(vulnerability, "vulnId")]);
    for alias in items(vulnerability, "aliases") {
        let names = alias.as_object().into_iter().flatten().filter(|(name, _)| name.ends_with("Id"));
        ids.extend(names.filter_map(|(_, id)| id.as_str()).map(str::to_owned));
    }
    ids
}

/// How many findings both sides have, only the other one, only this one. Records of several sources for
/// one flaw are the same finding.
pub(super) async fn counts(run: &Run<'_>, copied: &Copied, there: &[Finding]) -> Result<Value> {
    let place = format!("{}?suppressed=true", path(&["finding", "project", &copied.uuid]));
    let here = match run.door.call("GET", &place, None).await {
        Ok(Some(Value::Array(here))) => here,
        Ok(_) | Err(crate::Error::Text(..)) => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    let mut local: HashMap<String, Vec<(BTreeSet<String>, bool)>> = HashMap::new();
    for finding in &here {
        let component = finding.get("component").map(|one| text(one, "uuid")).unwrap_or_default();
        let ids = finding.get("vulnerability").map(ids).unwrap_or_default();
        local.entry(component).or_default().push((ids, false));
    }
    let (mut matched, mut only_there) = (0_u64, 0_u64);
    for finding in there {
        let ids = finding.vulnerability.ids();
        let same = local.get_mut(&finding.component.uuid.to_string()).into_iter().flatten();
        let mut found = false;
        for (known, seen) in same {
            if !known.is_disjoint(&ids) {
                (found, *seen) = (true, true);
            }
        }
        if found { matched += 1 } else { only_there += 1 }
    }
    let only_here = local.values().flatten().filter(|(_, seen)| !seen).count();
    Ok(json!([matched, only_there, only_here]))
}
