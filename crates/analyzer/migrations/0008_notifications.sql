-- Scheduled rules. `schedule_component` is the newest component at the last time: what is newer is new.
ALTER TABLE notification_rule ADD COLUMN trigger_type TEXT NOT NULL DEFAULT 'EVENT';

ALTER TABLE notification_rule ADD COLUMN message TEXT;

ALTER TABLE notification_rule ADD COLUMN schedule_cron TEXT;

ALTER TABLE notification_rule ADD COLUMN schedule_last BIGINT;

ALTER TABLE notification_rule ADD COLUMN schedule_next BIGINT;

ALTER TABLE notification_rule ADD COLUMN schedule_component BIGINT;

ALTER TABLE notification_rule ADD COLUMN schedule_skip_unchanged BOOLEAN NOT NULL DEFAULT FALSE;

CREATE INDEX notification_rule_next ON notification_rule (schedule_next) WHERE schedule_next IS NOT NULL;

CREATE INDEX notification_rule_project_project ON notification_rule_project (project_id);

CREATE INDEX notification_rule_tag_name ON notification_rule_tag (name);

-- Teams whose members get the mail of a rule.
CREATE TABLE notification_rule_team (
    rule_id BIGINT NOT NULL REFERENCES notification_rule (id) ON DELETE CASCADE,
    team_id BIGINT NOT NULL,
    PRIMARY KEY (rule_id, team_id)
);

-- `5` for the payload of version 5; otherwise that of version 4.
ALTER TABLE notification_publisher ADD COLUMN payload_version TEXT;

-- Deliveries that failed for good, and those that succeeded where the rule asks for it. `notice` is
-- JSON: what was told, so that it can be sent again.
CREATE TABLE notification_delivery (
    id {{id}},
    uuid TEXT NOT NULL UNIQUE,
    rule_id BIGINT NOT NULL REFERENCES notification_rule (id) ON DELETE CASCADE,
    state TEXT NOT NULL,
    group_name TEXT NOT NULL,
    title TEXT NOT NULL,
    status BIGINT,
    error TEXT,
    attempts BIGINT NOT NULL,
    notice TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    ended_at BIGINT NOT NULL
);

CREATE INDEX notification_delivery_rule ON notification_delivery (rule_id, id);

CREATE INDEX notification_delivery_state ON notification_delivery (state, id);

CREATE INDEX notification_delivery_ended ON notification_delivery (ended_at);

-- When findings were last uploaded to another system, and what came of it; project 0 is the portfolio.
CREATE TABLE integration_upload (
    integration TEXT NOT NULL,
    project_id BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    ended_at BIGINT,
    error TEXT,
    PRIMARY KEY (integration, project_id)
);
