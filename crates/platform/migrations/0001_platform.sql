CREATE TABLE company (
    id {{id}},
    label TEXT NOT NULL UNIQUE,
    description TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE company_member (
    company_id BIGINT NOT NULL REFERENCES company (id) ON DELETE CASCADE,
    user_id BIGINT NOT NULL,
    role TEXT NOT NULL,
    PRIMARY KEY (company_id, user_id)
);

CREATE INDEX company_member_user ON company_member (user_id);

CREATE TABLE asset (
    id {{id}},
    company_id BIGINT NOT NULL REFERENCES company (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    description TEXT,
    url TEXT,
    repo_url TEXT,
    business_impact TEXT,
    exploitability TEXT,
    data_classification TEXT NOT NULL,
    technologies TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE INDEX asset_company ON asset (company_id, name);

CREATE TABLE asset_tag (
    asset_id BIGINT NOT NULL REFERENCES asset (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    PRIMARY KEY (asset_id, name)
);

-- Secrets are encrypted; the webhook token is found by its keyed hash.
CREATE TABLE integration (
    id {{id}},
    company_id BIGINT NOT NULL REFERENCES company (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    name TEXT,
    api_url TEXT NOT NULL,
    api_token TEXT,
    webhook_token TEXT NOT NULL,
    webhook_hash TEXT NOT NULL,
    severities TEXT NOT NULL,
    ca_pem TEXT,
    state TEXT NOT NULL,
    problem TEXT,
    dt_version TEXT,
    checked_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (company_id, kind)
);

CREATE INDEX integration_webhook ON integration (webhook_hash);

-- An asset and the project it follows.
CREATE TABLE asset_link (
    id {{id}},
    asset_id BIGINT NOT NULL REFERENCES asset (id) ON DELETE CASCADE,
    integration_id BIGINT NOT NULL REFERENCES integration (id) ON DELETE CASCADE,
    project_uuid TEXT NOT NULL,
    project_name TEXT NOT NULL,
    project_version TEXT,
    last_bom_import BIGINT,
    problem TEXT,
    webhook_first BIGINT,
    created_at BIGINT NOT NULL,
    UNIQUE (integration_id, project_uuid)
);

CREATE INDEX asset_link_asset ON asset_link (asset_id);

CREATE TABLE issue (
    id {{id}},
    company_id BIGINT NOT NULL REFERENCES company (id) ON DELETE CASCADE,
    asset_id BIGINT NOT NULL REFERENCES asset (id) ON DELETE CASCADE,
    -- Component and vulnerability group: one issue for each pair.
    component_key TEXT NOT NULL,
    vulnerability_key TEXT NOT NULL,
    status TEXT NOT NULL,
    severity TEXT NOT NULL,
    severity_rank BIGINT NOT NULL,
    title TEXT NOT NULL,
    -- What the tool says about it (JSON), and a hash that tells whether it changed.
    detail TEXT NOT NULL,
    filtered_out BOOLEAN NOT NULL,
    reported BOOLEAN NOT NULL,
    status_at BIGINT NOT NULL,
    fixed_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (asset_id, component_key, vulnerability_key)
);

CREATE INDEX issue_company ON issue (company_id, status, severity_rank, id);

CREATE INDEX issue_asset ON issue (asset_id, status);

-- Every change of an issue, kept for ever.
CREATE TABLE issue_event (
    id {{id}},
    issue_id BIGINT NOT NULL REFERENCES issue (id) ON DELETE CASCADE,
    at BIGINT NOT NULL,
    source TEXT NOT NULL,
    actor TEXT NOT NULL,
    field TEXT NOT NULL,
    value_from TEXT,
    value_to TEXT,
    reason TEXT,
    run_id BIGINT
);

CREATE INDEX issue_event_issue ON issue_event (issue_id, id);

-- A finding of Dependency-Track behind an issue, and its analysis when both sides last agreed.
CREATE TABLE finding_link (
    id {{id}},
    issue_id BIGINT NOT NULL REFERENCES issue (id) ON DELETE CASCADE,
    link_id BIGINT NOT NULL REFERENCES asset_link (id) ON DELETE CASCADE,
    component_uuid TEXT NOT NULL,
    vulnerability_uuid TEXT NOT NULL,
    state TEXT NOT NULL,
    suppressed BOOLEAN NOT NULL,
    UNIQUE (link_id, component_uuid, vulnerability_uuid)
);

CREATE INDEX finding_link_issue ON finding_link (issue_id);

CREATE TABLE sync_run (
    id {{id}},
    company_id BIGINT NOT NULL,
    asset_id BIGINT NOT NULL REFERENCES asset (id) ON DELETE CASCADE,
    integration_id BIGINT NOT NULL REFERENCES integration (id) ON DELETE CASCADE,
    link_id BIGINT NOT NULL REFERENCES asset_link (id) ON DELETE CASCADE,
    cause TEXT NOT NULL,
    state TEXT NOT NULL,
    phase TEXT NOT NULL,
    done BIGINT NOT NULL,
    total BIGINT,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    fixed BIGINT NOT NULL,
    reopened BIGINT NOT NULL,
    unchanged BIGINT NOT NULL,
    filtered_out BIGINT NOT NULL,
    pushed BIGINT NOT NULL,
    problems TEXT NOT NULL,
    job_id BIGINT,
    created_at BIGINT NOT NULL,
    started_at BIGINT,
    ended_at BIGINT
);

CREATE INDEX sync_run_asset ON sync_run (asset_id, id);

CREATE INDEX sync_run_company ON sync_run (company_id, id);

CREATE INDEX sync_run_job ON sync_run (job_id);

-- A decision on its way to Dependency-Track; its delivery is the job.
CREATE TABLE push (
    id {{id}},
    company_id BIGINT NOT NULL,
    issue_id BIGINT NOT NULL REFERENCES issue (id) ON DELETE CASCADE,
    finding_link_id BIGINT NOT NULL REFERENCES finding_link (id) ON DELETE CASCADE,
    integration_id BIGINT NOT NULL REFERENCES integration (id) ON DELETE CASCADE,
    status TEXT NOT NULL,
    comment TEXT NOT NULL,
    problem TEXT,
    job_id BIGINT,
    created_at BIGINT NOT NULL,
    delivered_at BIGINT
);

CREATE INDEX push_issue ON push (issue_id);

CREATE INDEX push_integration ON push (integration_id, id);
