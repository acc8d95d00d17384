//! The dependency graph over the wire (behaviour reference §4.4).

mod direct;
mod paths;

use crate::openapi::Schema;
use crate::server::Route;

pub(crate) fn routes() -> Vec<Route> {
    [direct::routes(), paths::routes()].into_iter().flatten().collect()
}

pub(crate) const SCHEMAS: &[Schema] = &[
    Schema {
        name: "DirectDependency",
        members: "uuid!: uuid
            name!: string
            version: string
            purl: string
            directDependencies: string
            latestVersion: string",
    },
    Schema {
        name: "GraphNode",
        members: "uuid!: uuid
            name!: string
            version: string
            purl: string
            purlCoordinates: string
            dependencyGraph: [uuid]
            expandDependencyGraph!: boolean
            repositoryMeta: any",
    },
];
