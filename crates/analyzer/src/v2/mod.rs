//! Operations of version 2 of the API that are of no other noun, and what its lists and refusals share
//! (behaviour reference §15.3): names with underscores, cursors, problems (RFC 9457).

mod components;
mod cursor;
mod extension;
mod extension_point;
mod problem;
mod projects;
mod secret;
mod system;
mod workflow;

pub(crate) use cursor::{Asked, Cursor, Sort, page};
pub(crate) use problem::{Refusal, unsortable};

use serde_json::{Map, Value};

use crate::openapi::Schema;
use crate::server::Route;

pub(crate) fn routes() -> Vec<Route> {
    [
        components::routes(),
        projects::routes(),
        system::routes(),
        extension_point::routes(),
        secret::routes(),
        workflow::routes(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A member's name with underscores: `inheritedRiskScore` becomes `inherited_risk_score`.
fn snake(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    for c in name.chars() {
        if c.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

/// An object with underscores in the names of its members.
pub(crate) fn snaked(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.into_iter().map(|(name, value)| (snake(&name), snaked(value)));
            Value::Object(members.collect::<Map<_, _>>())
        }
        Value::Array(items) => items.into_iter().map(snaked).collect(),
        value => value,
    }
}

pub(crate) const SCHEMAS: &[Schema] = &[
    Schema {
        name: "ComponentPageV2",
        members: "items!: [ComponentV2]
            next_page_token: string
            total!: TotalV2",
    },
    Schema { name: "TotalV2", members: "count!: integer\ntype!: EXACT|AT_LEAST" },
    Schema {
        name: "ComponentV2",
        members: "uuid!: uuid
            name!: string
            version: string
            group: string
            classifier: string
            scope: REQUIRED|OPTIONAL|EXCLUDED
            hashes: {string}
            cpe: string
            purl: string
            swid_tag_id: string
            internal!: boolean
            copyright: string
            license: string
            license_expression: string
            license_url: string
            resolved_license: any
            occurrence_count: integer
            last_inherited_risk_score: number
            project: ProjectVersion
            metrics: any
            package_metadata: any
            package_artifact_metadata: any",
    },
    Schema {
        name: "CloneRequestV2",
        members: "version!: string\nversion_is_latest: boolean\nincludes: [string]",
    },
    Schema { name: "UuidV2", members: "uuid!: uuid" },
    Schema {
        name: "NewComponentV2",
        members: "project_uuid!: uuid
            name!: string
            description: string
            group: string
            version: string
            classifier: string
            filename: string
            extension: string
            hashes: {string}
            cpe: string
            publisher: string
            supplier: Organization
            authors: [Contact]
            purl: string
            swid_tag_id: string
            internal: boolean
            copyright: string
            license: string
            license_expression: string
            license_url: string
            notes: string",
    },
    Schema { name: "CapabilitiesV2", members: "capabilities!: {any}" },
    Schema { name: "NamedV2", members: "name!: string" },
    Schema {
        name: "ExtensionPointPageV2",
        members: "items!: [NamedV2]
            next_page_token: string
            total!: TotalV2",
    },
    Schema { name: "ExtensionV2", members: "name!: string\nconfigurable!: boolean\ntestable!: boolean" },
    Schema {
        name: "ExtensionPageV2",
        members: "items!: [ExtensionV2]
            next_page_token: string
            total!: TotalV2",
    },
    Schema { name: "ExtensionConfigV2", members: "config!: any" },
    Schema { name: "ExtensionTestV2", members: "config: any" },
    Schema { name: "ExtensionChecksV2", members: "checks!: [ExtensionCheckV2]" },
    Schema {
        name: "ExtensionCheckV2",
        members: "name!: string\nstatus!: PASSED|FAILED|SKIPPED\nmessage: string",
    },
    Schema {
        name: "SecretV2",
        members: "name!: string\ndescription: string\ncreated_at: millis\nupdated_at: millis",
    },
    Schema {
        name: "SecretPageV2",
        members: "items!: [SecretV2]
            next_page_token: string
            total!: TotalV2",
    },
    Schema { name: "NewSecretV2", members: "name!: string\ndescription: string\nvalue!: string" },
    Schema { name: "ChangedSecretV2", members: "description: string\nvalue: string" },
    Schema {
        name: "TaskQueueV2",
        members: "name!: string
            status!: ACTIVE|PAUSED
            capacity!: integer
            depth!: integer
            created_at!: millis",
    },
    Schema {
        name: "TaskQueuePageV2",
        members: "items!: [TaskQueueV2]
            next_page_token: string
            total!: TotalV2",
    },
    Schema {
        name: "VulnPolicyPageV2",
        members: "items!: [VulnPolicyItemV2]
            next_page_token: string
            total!: TotalV2",
    },
    Schema {
        name: "VulnPolicyItemV2",
        members: "uuid!: uuid
            name!: string
            description: string
            author: string
            priority!: integer
            operation_mode!: APPLY|LOG|DISABLED
            source!: USER|BUNDLE",
    },
    Schema {
        name: "VulnPolicyV2",
        members: "uuid!: uuid
            name!: string
            description: string
            author: string
            condition!: string
            analysis!: VulnPolicyAnalysisV2
            ratings: [VulnPolicyRatingV2]
            operation_mode!: APPLY|LOG|DISABLED
            priority!: integer
            source!: USER|BUNDLE
            valid_from: millis
            valid_until: millis
            created: millis
            updated: millis",
    },
    Schema {
        name: "VulnPolicyChangeV2",
        members: "name!: string
            description: string
            author: string
            condition!: string
            analysis!: VulnPolicyAnalysisV2
            ratings: [VulnPolicyRatingV2]
            operation_mode: APPLY|LOG|DISABLED
            priority: integer
            valid_from: millis
            valid_until: millis",
    },
    Schema {
        name: "VulnPolicyAnalysisV2",
        members: "state!: EXPLOITABLE|IN_TRIAGE|FALSE_POSITIVE|NOT_AFFECTED|RESOLVED
            justification: CODE_NOT_PRESENT|CODE_NOT_REACHABLE|REQUIRES_CONFIGURATION|REQUIRES_DEPENDENCY|REQUIRES_ENVIRONMENT|PROTECTED_BY_COMPILER|PROTECTED_AT_RUNTIME|PROTECTED_AT_PERIMETER|PROTECTED_BY_MITIGATING_CONTROL
            vendor_response: CAN_NOT_FIX|WILL_NOT_FIX|UPDATE|ROLLBACK|WORKAROUND_AVAILABLE
            details: string
            suppress: boolean",
    },
    Schema {
        name: "VulnPolicyRatingV2",
        members: "method!: CVSSV2|CVSSV3|CVSSV4|OWASP
            severity!: CRITICAL|HIGH|MEDIUM|LOW|INFO
            vector: string
            score: number",
    },
    Schema {
        name: "VulnPolicyBundlePageV2",
        members: "items!: [VulnPolicyBundleV2]
            next_page_token: string
            total!: TotalV2",
    },
    Schema {
        name: "VulnPolicyBundleV2",
        members: "uuid!: uuid
            url!: string
            hash: string
            last_successful_sync: millis
            created: millis
            updated: millis",
    },
    Schema {
        name: "VulnPolicySyncV2",
        members: "status!: PENDING|RUNNING|COMPLETED|FAILED
            started_at: millis
            completed_at: millis
            failure_reason: string",
    },
    Schema { name: "TaskQueueChangeV2", members: "status: ACTIVE|PAUSED\ncapacity: integer" },
    Schema {
        name: "WorkflowRunV2",
        members: "id!: uuid
            workflow_name!: string
            workflow_version!: integer
            task_queue_name!: string
            status!: CREATED|RUNNING|SUSPENDED|FAILED|COMPLETED|CANCELLED
            priority!: integer
            concurrency_key: string
            created_at!: millis
            started_at: millis
            completed_at: millis",
    },
    Schema {
        name: "WorkflowRunPageV2",
        members: "items!: [WorkflowRunV2]
            next_page_token: string
            total!: TotalV2",
    },
    Schema { name: "WorkflowEventV2", members: "sequence_number!: integer\nevent!: any" },
    Schema {
        name: "WorkflowEventPageV2",
        members: "items!: [WorkflowEventV2]
            next_page_token: string
            total!: TotalV2",
    },
];
