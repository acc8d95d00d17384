//! Findings: components joined with what affects them and what was decided, on every read
//! (behaviour reference §6).

mod analyse;
mod filter;
pub(crate) mod fpf;
mod portfolio;
mod project;
mod row;
mod sarif;

use axum::http::Method;
use identity::Permission;

pub(crate) use analyse::register;

use crate::openapi::Schema;
use crate::server::{Access, Route, route};

const VIEW: Access = Access::Any(&[Permission::ViewVulnerability]);
/// Version 4 lets readers start an analysis, version 5 those who analyse.
const ANALYSE: Access = Access::Any(&[Permission::ViewVulnerability, Permission::VulnerabilityAnalysis]);

pub(crate) const SCHEMAS: &[Schema] = &[
    Schema {
        name: "Finding",
        members: "component!: FindingComponent
            vulnerability!: FindingVulnerability
            analysis!: FindingAnalysis
            attribution!: FindingAttribution
            matrix!: string",
    },
    Schema {
        name: "FindingComponent",
        members: "uuid!: uuid
            name!: string
            group: string
            version: string
            scope: REQUIRED|OPTIONAL|EXCLUDED
            purl: string
            cpe: string
            project!: uuid
            projectName!: string
            projectVersion: string
            latestVersion: string
            hasOccurrences!: boolean",
    },
    Schema {
        name: "FindingVulnerability",
        members: "uuid!: uuid
            source!: string
            vulnId!: string
            title: any
            subTitle: any
            description: any
            recommendation: any
            references: any
            severity!: CRITICAL|HIGH|MEDIUM|LOW|INFO|UNASSIGNED
            severityRank!: integer
            cvssV2BaseScore: number
            cvssV2Vector: any
            cvssV3BaseScore: number
            cvssV3Vector: any
            cvssV4Score: number
            cvssV4Vector: any
            owaspRRVector: any
            owaspRRLikelihoodScore: number
            owaspRRTechnicalImpactScore: number
            owaspRRBusinessImpactScore: number
            epssScore: number
            epssPercentile: number
            knownExploited: boolean
            cweId: integer
            cweName: any
            cwes: [any]
            published: millis
            aliases!: [{string}]",
    },
    Schema {
        name: "FindingAnalysis",
        members: "state: EXPLOITABLE|IN_TRIAGE|FALSE_POSITIVE|NOT_AFFECTED|RESOLVED|NOT_SET
            isSuppressed!: boolean
            detail: string",
    },
    Schema {
        name: "FindingAttribution",
        members: "analyzerIdentity!: string
            attributedOn!: millis
            alternateIdentifier: string
            referenceUrl: string
            range: string
            versionOrder: string
            fixedVersion: string
            analyzers: [string]",
    },
    Schema {
        name: "GroupedFinding",
        members: "vulnerability!: GroupedVulnerability
            attribution!: GroupedAttribution",
    },
    Schema {
        name: "GroupedVulnerability",
        members: "source!: string
            vulnId!: string
            title: string
            severity!: CRITICAL|HIGH|MEDIUM|LOW|INFO|UNASSIGNED
            cvssV2BaseScore: number
            cvssV3BaseScore: number
            cvssV4Score: number
            published: millis
            cwes: [any]
            affectedProjectCount!: integer",
    },
    Schema { name: "GroupedAttribution", members: "analyzerIdentity!: string" },
    Schema { name: "ProcessingToken", members: "token!: uuid" },
    Schema {
        name: "FindingPackage",
        members: "version!: string
            meta!: any
            project!: any
            findings!: [any]",
    },
];

/// The filters that every list over the portfolio has.
fn filtered(mut route: Route) -> Route {
    route = route.paged().query("showInactive", "boolean").query("isKev", "boolean");
    for name in ["severity", "publishDateFrom", "publishDateTo", "textSearchField", "textSearchInput"] {
        route = route.query(name, "string");
    }
    for (from, to) in filter::RANGES.iter().map(|range| range.names) {
        route = route.query(from, "string").query(to, "string");
    }
    route
}

pub(crate) fn routes() -> Vec<Route> {
    vec![
        filtered(route(Method::GET, "/v1/finding", VIEW, portfolio::list))
            .query("showSuppressed", "boolean")
            .query("analysisStatus", "string")
            .query("vendorResponse", "string")
            .query("attributedOnDateFrom", "string")
            .query("attributedOnDateTo", "string")
            .says("Lists the findings of all projects.")
            .gives(200, "[Finding]"),
        filtered(route(Method::GET, "/v1/finding/grouped", VIEW, portfolio::grouped))
            .query("occurrencesFrom", "string")
            .query("occurrencesTo", "string")
            .says("Lists vulnerabilities with the number of projects that have findings of them.")
            .gives(200, "[GroupedFinding]"),
        route(Method::GET, "/v1/finding/project/{uuid}", VIEW, project::list)
            .says("Lists the findings of a project, all of them unless a page is asked for; as SARIF when that is accepted.")
            .paged()
            .query("suppressed", "boolean")
            .query("source", "string")
            .query("hasAnalysis", "boolean")
            .query("epssFrom", "number")
            .query("epssTo", "number")
            .query("isKev", "boolean")
            .gives(200, "[Finding]"),
        route(Method::GET, "/v1/finding/project/{uuid}/export", VIEW, fpf::export)
            .says("Shows the findings of a project in the format that other tools read.")
            .gives(200, "FindingPackage"),
        route(Method::POST, "/v1/finding/project/{uuid}/analyze", ANALYSE, analyse::start)
            .says("Analyses a project again.")
            .gives(200, "ProcessingToken"),
    ]
}
