//! Licences: the SPDX list, and which licence the entries of a component mean.

use std::collections::HashMap;
use std::sync::OnceLock;

use spdx::{Expression, ParseMode};

use crate::model::{Component, LicenceChoice};

/// A licence of the SPDX list (<https://spdx.org/licenses/>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Licence {
    /// Its id, such as `Apache-2.0`.
    pub id: &'static str,
    /// Its full name, such as `Apache License 2.0`.
    pub name: &'static str,
    /// Approved by the Open Source Initiative.
    pub is_osi_approved: bool,
    /// Free according to the Free Software Foundation.
    pub is_fsf_libre: bool,
    /// Replaced by another id.
    pub is_deprecated: bool,
}

/// Every licence of the SPDX list, sorted by id.
pub fn licences() -> impl Iterator<Item = Licence> {
    spdx::identifiers::LICENSES
        .iter()
        .filter(|licence| licence.name != "NOASSERTION" && licence.name != "NONE")
        .map(|licence| Licence {
            id: licence.name,
            name: licence.full_name,
            is_osi_approved: licence.flags & spdx::flags::IS_OSI_APPROVED != 0,
            is_fsf_libre: licence.flags & spdx::flags::IS_FSF_LIBRE != 0,
            is_deprecated: licence.flags & spdx::flags::IS_DEPRECATED != 0,
        })
}

/// The licence with an SPDX id, in whatever case it is written.
#[must_use]
pub fn licence_by_id(id: &str) -> Option<Licence> {
    static BY_ID: OnceLock<HashMap<String, Licence>> = OnceLock::new();
    look_up(&BY_ID, id, |licence| licence.id)
}

/// The licence with a full name, in whatever case it is written.
#[must_use]
pub fn licence_by_name(name: &str) -> Option<Licence> {
    static BY_NAME: OnceLock<HashMap<String, Licence>> = OnceLock::new();
    look_up(&BY_NAME, name, |licence| licence.name)
}

/// Looks a text up in an index that is made when it is first needed: documents hold tens of
/// thousands of licence ids.
fn look_up(
    index: &OnceLock<HashMap<String, Licence>>,
    text: &str,
    key: impl Fn(&Licence) -> &'static str,
) -> Option<Licence> {
    let index = index.get_or_init(|| {
        let mut index = HashMap::new();
        for licence in licences() {
            let place = index.entry(key(&licence).to_ascii_lowercase());
            place
                // Some names belong to an old id and the one that replaced it.
                .and_modify(|known: &mut Licence| {
                    if known.is_deprecated && !licence.is_deprecated {
                        *known = licence;
                    }
                })
                .or_insert(licence);
        }
        index
    });
    index.get(&text.trim().to_ascii_lowercase()).copied()
}

/// Whether a text is an SPDX licence expression; deprecated ids count.
#[must_use]
pub fn is_licence_expression(text: &str) -> bool {
    !text.trim().is_empty() && Expression::parse_mode(text, ParseMode::LAX).is_ok()
}

/// What the licence entries of a component come to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResolvedLicence {
    /// The licence of the SPDX list that one of the entries means.
    pub licence: Option<Licence>,
    /// Otherwise, the name (or unknown id) that the first entry gives: free text, or the name of
    /// a licence that somebody defined.
    pub name: Option<String>,
    /// Where the entry says that the licence is found.
    pub url: Option<String>,
    /// The first expression among the entries, if it is a valid one.
    pub expression: Option<String>,
}

impl Component {
    /// Which licence the component has, as Dependency-Track decides: the first entry with an id
    /// or a name that is on the SPDX list, then an expression that is a single id; if there is
    /// none, the first entry's name.
    ///
    /// `is_custom` tells whether a name is that of a licence that somebody defined beside the
    /// SPDX list: such a name counts as resolved, and is given as [`ResolvedLicence::name`].
    #[must_use]
    pub fn resolve_licence(&self, is_custom: impl Fn(&str) -> bool) -> ResolvedLicence {
        resolve(&self.licences, is_custom)
    }
}

fn resolve(choices: &[LicenceChoice], is_custom: impl Fn(&str) -> bool) -> ResolvedLicence {
    let expression = choices.iter().find_map(|choice| match choice {
        LicenceChoice::Expression(expression) => Some(expression.trim().to_owned()),
        LicenceChoice::Named { .. } => None,
    });
    let named = choices.iter().filter_map(|choice| match choice {
        LicenceChoice::Named { id, name, url, .. } => {
            let filled = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
            let (id, name) = (filled(id), filled(name));
            (id.is_some() || name.is_some()).then_some((id, name, url.clone()))
        }
        LicenceChoice::Expression(_) => None,
    });
    let candidates: Vec<_> = named
        .chain(
            expression
                .iter()
                .filter(|text| licence_by_id(text).is_some())
                .map(|id| (Some(id.clone()), None, None)),
        )
        .collect();
    let mut resolved = ResolvedLicence {
        expression: expression.filter(|text| is_licence_expression(text)),
        ..ResolvedLicence::default()
    };
    for (id, name, url) in &candidates {
        for text in [id, name].into_iter().flatten() {
            let licence = licence_by_id(text).or_else(|| licence_by_name(text));
            if licence.is_some() || is_custom(text) {
                resolved.name = licence.is_none().then(|| text.clone());
                resolved.licence = licence;
                resolved.url.clone_from(url);
                return resolved;
            }
        }
    }
    if let Some((id, name, url)) = candidates.into_iter().next() {
        resolved.name = name.or(id);
        resolved.url = url;
    }
    resolved
}
