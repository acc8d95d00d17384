//! Licences: the SPDX list and those that somebody defined (behaviour reference §2.2, §13.4).
//!
//! Components name their licence by its id. Facts and texts of the SPDX list are those of the
//! program; its rows are there to be listed, sorted and put into groups.

mod api;
mod spdx_list;
mod store;

pub(crate) use api::{SCHEMAS, routes};
pub(crate) use spdx_list::make_defaults;
pub(crate) use store::{Custom, by_uuid, custom, full, shown};

use sea_orm::FromQueryResult;
use serde_json::{Map, Value, json};

/// A stored licence.
#[derive(Debug, Clone, FromQueryResult)]
pub(crate) struct License {
    pub id: i64,
    pub uuid: String,
    pub license_id: String,
    pub name: String,
    pub is_osi_approved: bool,
    pub is_fsf_libre: bool,
    pub is_deprecated: bool,
    pub is_custom: bool,
    pub details: String,
}

pub(crate) const COLUMNS: &str = "l.id, l.uuid, l.license_id, l.name, l.is_osi_approved, l.is_fsf_libre, \
     l.is_deprecated, l.is_custom, l.details";

impl License {
    /// As components and groups show it.
    pub(crate) fn short(&self) -> Map<String, Value> {
        let members = [
            ("uuid", json!(self.uuid)),
            ("name", json!(self.name)),
            ("licenseId", json!(self.license_id)),
            ("isOsiApproved", json!(self.is_osi_approved)),
            ("isFsfLibre", json!(self.is_fsf_libre)),
            ("isDeprecatedLicenseId", json!(self.is_deprecated)),
            ("isCustomLicense", json!(self.is_custom)),
        ];
        members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// With its texts and groups.
    fn full(&self, groups: Vec<Value>) -> Value {
        let mut out: Map<String, Value> = serde_json::from_str(&self.details).unwrap_or_default();
        out.extend(self.short());
        if !self.is_custom {
            if let Some(text) = spdx_list::text(&self.license_id) {
                out.insert("licenseText".to_owned(), json!(text));
            }
            out.insert("seeAlso".to_owned(), json!([spdx_list::address(&self.license_id)]));
        }
        out.insert("licenseGroups".to_owned(), groups.into());
        out.into()
    }
}
