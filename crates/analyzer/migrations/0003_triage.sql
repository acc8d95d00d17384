-- What people decided about a finding.
CREATE TABLE analysis (
    id {{id}},
    project_id BIGINT NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    component_id BIGINT NOT NULL REFERENCES component (id) ON DELETE CASCADE,
    vulnerability_id BIGINT NOT NULL REFERENCES vulnerability (id) ON DELETE CASCADE,
    state TEXT NOT NULL,
    justification TEXT NOT NULL,
    response TEXT NOT NULL,
    details TEXT,
    suppressed BOOLEAN NOT NULL,
    UNIQUE (component_id, vulnerability_id)
);

CREATE INDEX analysis_project ON analysis (project_id);

CREATE INDEX analysis_vulnerability ON analysis (vulnerability_id);

CREATE TABLE analysis_comment (
    id {{id}},
    analysis_id BIGINT NOT NULL REFERENCES analysis (id) ON DELETE CASCADE,
    at BIGINT NOT NULL,
    comment TEXT NOT NULL,
    commenter TEXT
);

CREATE INDEX analysis_comment_analysis ON analysis_comment (analysis_id, id);

CREATE TABLE config_property (
    group_name TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT,
    kind TEXT NOT NULL,
    description TEXT,
    PRIMARY KEY (group_name, name)
);

CREATE TABLE notification_publisher (
    id {{id}},
    uuid TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL UNIQUE,
    description TEXT,
    publisher_class TEXT NOT NULL,
    template TEXT,
    template_mime_type TEXT NOT NULL,
    is_default BOOLEAN NOT NULL
);

CREATE TABLE notification_rule (
    id {{id}},
    uuid TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    enabled BOOLEAN NOT NULL,
    notify_children BOOLEAN NOT NULL,
    log_successful_publish BOOLEAN NOT NULL,
    scope TEXT NOT NULL,
    level TEXT NOT NULL,
    notify_on TEXT NOT NULL,
    publisher_id BIGINT NOT NULL REFERENCES notification_publisher (id) ON DELETE CASCADE,
    publisher_config TEXT
);

CREATE TABLE notification_rule_project (
    rule_id BIGINT NOT NULL REFERENCES notification_rule (id) ON DELETE CASCADE,
    project_id BIGINT NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    PRIMARY KEY (rule_id, project_id)
);

CREATE TABLE notification_rule_tag (
    rule_id BIGINT NOT NULL REFERENCES notification_rule (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    PRIMARY KEY (rule_id, name)
);
