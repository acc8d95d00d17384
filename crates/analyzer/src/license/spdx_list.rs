//! The SPDX list of the program (<https://spdx.org/licenses/>): licences and exceptions.

use std::collections::BTreeMap;

use storage::{Tx, Value, params, settings};

use crate::server::Result;

/// The setting that says which list the table has.
const LISTED: &str = "spdx_licenses";

/// Where the list shows a licence or exception.
pub(super) fn address(id: &str) -> String {
    format!("https://spdx.org/licenses/{id}.html")
}

/// The text of a licence or exception.
pub(super) fn text(id: &str) -> Option<&'static str> {
    let licence = spdx::license_id(id).filter(|found| found.name == id).map(|found| found.text());
    licence.or_else(|| spdx::exception_id(id).map(|found| found.text()))
}

/// The uuid of a licence of the list follows from its id, so that it is the same on every server.
pub(super) fn uuid(id: &str) -> String {
    let name = format!("https://spdx.org/licenses/{id}");
    uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_URL, name.as_bytes()).to_string()
}

fn row(id: &str, name: &str, (osi, fsf, deprecated): (bool, bool, bool)) -> Vec<Value> {
    params![uuid(id), id, name, osi, fsf, deprecated, false, "{}"]
}

/// Brings the rows of the list up to date when this program has another one.
pub(crate) async fn make_defaults(tx: &Tx) -> Result<()> {
    let version = spdx::license_version();
    if settings::get(tx, LISTED).await?.as_deref() == Some(version) {
        return Ok(());
    }
    // Some ids are those of a licence and of an exception.
    let mut rows: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for one in spdx::identifiers::EXCEPTIONS {
        // The list of the program has no names of exceptions.
        let flags = (false, false, one.flags & spdx::flags::IS_DEPRECATED != 0);
        rows.insert(one.name, row(one.name, one.name, flags));
    }
    for one in sbom::licences() {
        let flags = (one.is_osi_approved, one.is_fsf_libre, one.is_deprecated);
        rows.insert(one.id, row(one.id, one.name, flags));
    }
    let columns = [
        "uuid",
        "license_id",
        "name",
        "is_osi_approved",
        "is_fsf_libre",
        "is_deprecated",
        "is_custom",
        "details",
    ];
    // A licence of one's own that the list has by now becomes that of the list.
    let tail = "ON CONFLICT (license_id) DO UPDATE SET name = excluded.name, \
         is_osi_approved = excluded.is_osi_approved, is_fsf_libre = excluded.is_fsf_libre, \
         is_deprecated = excluded.is_deprecated, is_custom = excluded.is_custom";
    tx.insert_many("license", &columns, rows.into_values().collect(), tail).await?;
    settings::set(tx, LISTED, version).await?;
    Ok(())
}
