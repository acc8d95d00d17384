//! The table of operations for the documentation.

use std::collections::BTreeMap;

use super::elsewhere::{DIFFERENT, NOT_ANSWERED};
use crate::server::{Access, Route};

/// Every operation in Markdown: what it does, who may call it, and how it differs from
/// Dependency-Track.
pub fn operations() -> String {
    let routes = crate::routes();
    let mut tables: BTreeMap<&str, Vec<&Route>> = BTreeMap::new();
    for route in &routes {
        tables.entry(super::document::tag(route.path)).or_default().push(route);
    }
    let mut out = String::from(
        "# Operations of the analyzer\n\n\
         Generated from the code (`make gen`). The analyzer answers the operations of Dependency-Track 4.14 and \
         those that version 5 added. A running server describes them at `/api/openapi.json` and lets you try them at \
         `/api/docs`.\n\n",
    );
    out.push_str(&format!(
        "{} operations are implemented, {} of them differ on purpose, and {} are not there.\n",
        routes.len(),
        routes.iter().filter(|route| difference(route).is_some()).count(),
        NOT_ANSWERED.len(),
    ));
    for (tag, routes) in tables {
        out.push_str(&format!(
            "\n## {tag}\n\n| operation | what it does | who may call it |\n| --- | --- | --- |\n"
        ));
        for route in routes {
            let differs = difference(route).map(|why| format!(" *Differs:* {why}")).unwrap_or_default();
            out.push_str(&format!(
                "| {} `/api{}` | {}{differs} | {} |\n",
                route.method,
                route.path,
                route.about.summary,
                who(route.access)
            ));
        }
    }
    if !NOT_ANSWERED.is_empty() {
        out.push_str("\n## Not there\n\n| operation | why |\n| --- | --- |\n");
        for one in NOT_ANSWERED {
            out.push_str(&format!("| {} `/api{}` | {} |\n", one.method, one.path, one.why));
        }
    }
    out
}

fn difference(route: &Route) -> Option<&'static str> {
    let same = |one: &&super::Elsewhere| one.method == route.method.as_str() && one.path == route.path;
    DIFFERENT.iter().find(same).map(|one| one.why)
}

fn who(access: Access) -> String {
    match access {
        Access::Public => "anybody".to_owned(),
        Access::Authenticated => "anybody with credentials".to_owned(),
        Access::Any(permissions) => {
            let names: Vec<String> =
                permissions.iter().map(|permission| format!("`{}`", permission.as_str())).collect();
            names.join(" or ")
        }
    }
}
