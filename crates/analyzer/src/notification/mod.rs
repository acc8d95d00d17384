//! Notifications: rules say who is told of what; deliveries leave through the outbox
//! (behaviour reference §10).

mod deliver;
mod event;
mod group;
mod notice;
mod publisher;
mod rule;
mod summary;
mod template;

pub(crate) use event::{
    Document, analyzer_failed, audit_changed, bom_consumed, bom_failed, bom_processed, bom_validation_failed,
    configuration_failed, configured, file_failed, hears_of_audits, integration_failed, lost_matches,
    mirrored, new_matches, project_created, user_created, user_deleted, vex_processed,
};
pub(crate) use event::{Violation, policy_violated, repository_failed, violation_audit_changed};
pub(crate) use publisher::make_defaults;

use storage::worker::Worker;

use crate::openapi::Schema;
use crate::server::{AppState, Error, Result, Route};

pub(crate) const SCHEMAS: &[Schema] = &[
    Schema {
        name: "NotificationPublisher",
        members: "name!: string
            description: string
            publisherClass: string
            extensionName: string
            template: string
            templateMimeType: string
            payloadVersion: string
            defaultPublisher: boolean
            uuid: uuid",
    },
    Schema {
        name: "NotificationRule",
        members: "name: string
            enabled: boolean
            notifyChildren: boolean
            logSuccessfulPublish: boolean
            scope: PORTFOLIO|SYSTEM
            notificationLevel: INFORMATIONAL|WARNING|ERROR
            projects: [any]
            tags: [any]
            teams: [any]
            notifyOn: [string]
            message: string
            publisher: NotificationPublisher
            publisherConfig: string
            triggerType: EVENT|SCHEDULE
            scheduleLastTriggeredAt: millis
            scheduleNextTriggerAt: millis
            scheduleCron: string
            scheduleSkipUnchanged: boolean
            filterExpression: string
            uuid: uuid",
    },
    Schema { name: "MailTest", members: "destination!: string" },
    Schema {
        name: "NotificationDelivery",
        members: "uuid!: uuid
            state!: PENDING|FAILED|SUCCEEDED
            rule!: any
            publisher!: any
            group!: string
            title: string
            status: integer
            error: string
            attempts!: integer
            createdAt!: millis
            nextAttemptAt: millis
            endedAt: millis",
    },
];

pub(crate) fn routes() -> Vec<Route> {
    let mut routes = publisher::routes();
    routes.extend(rule::routes());
    routes.extend(deliver::routes());
    routes
}

/// Adds the handlers of deliveries and of scheduled rules.
pub(crate) fn register(worker: Worker, state: &AppState) -> Worker {
    summary::register(deliver::register(worker, state))
}

/// A text that every database takes: those with a NUL are refused.
fn storable(path: &str, text: &str) -> Result<String> {
    if text.contains('\0') {
        return Err(Error::invalid(path, "must not contain the character NUL", text));
    }
    Ok(text.to_owned())
}
