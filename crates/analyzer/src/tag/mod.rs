//! Tags of projects, policies, rules and vulnerabilities (behaviour reference §13.2).
//!
//! A tag is its name, in lower case. Rows of other tables have the name; the table `tag` keeps those
//! that somebody made, so that they are there without being used.

mod api;
mod assign;

use storage::{Tx, params};

use crate::openapi::Schema;
use crate::server::{Result, Route};

pub(crate) fn routes() -> Vec<Route> {
    [api::routes(), assign::routes()].into_iter().flatten().collect()
}

pub(crate) const SCHEMAS: &[Schema] = &[
    Schema { name: "Tag", members: "name!: string" },
    Schema {
        name: "TagCounts",
        members: "name!: string
            projectCount!: integer
            collectionProjectCount!: integer
            policyCount!: integer
            notificationRuleCount!: integer
            vulnerabilityCount!: integer",
    },
    Schema { name: "TaggedProject", members: "uuid!: uuid\nname!: string\nversion: string" },
    Schema { name: "TaggedObject", members: "uuid!: uuid\nname!: string" },
    Schema { name: "TaggedVulnerability", members: "uuid!: uuid\nvulnId!: string\nsource!: string" },
];

/// Every name that is a tag: made by somebody, or in use.
const NAMES: &str = "SELECT name FROM tag UNION SELECT name FROM project_tag \
     UNION SELECT collection_tag FROM project WHERE collection_tag IS NOT NULL \
     UNION SELECT name FROM policy_tag UNION SELECT name FROM notification_rule_tag \
     UNION SELECT name FROM vulnerability_tag";

/// Makes sure that these names, in lower case, are tags.
pub(crate) async fn ensure(tx: &Tx, names: &[String]) -> Result<()> {
    let rows = names.iter().map(|name| params![name.clone()]).collect();
    tx.insert_many("tag", &["name"], rows, "ON CONFLICT DO NOTHING").await?;
    Ok(())
}
