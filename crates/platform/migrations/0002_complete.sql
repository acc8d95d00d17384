ALTER TABLE company ADD COLUMN contact_email TEXT;
ALTER TABLE company ADD COLUMN contact_name TEXT;

ALTER TABLE asset ADD COLUMN asset_type TEXT;
ALTER TABLE asset ADD COLUMN audience TEXT;
ALTER TABLE asset ADD COLUMN architecture_type TEXT;
ALTER TABLE asset ADD COLUMN criticity TEXT;
ALTER TABLE asset ADD COLUMN development_model TEXT;
ALTER TABLE asset ADD COLUMN development_team TEXT;
ALTER TABLE asset ADD COLUMN environment TEXT;
ALTER TABLE asset ADD COLUMN life_cycle TEXT;
ALTER TABLE asset ADD COLUMN scan_type TEXT;
ALTER TABLE asset ADD COLUMN branch_name TEXT;
ALTER TABLE asset ADD COLUMN environment_compromised BOOLEAN NOT NULL DEFAULT FALSE;
-- The risk score as it stands; none until the asset is parametrized.
ALTER TABLE asset ADD COLUMN risk_score DOUBLE PRECISION;

-- Each change of a risk score.
CREATE TABLE asset_risk_score (
    id {{id}},
    asset_id BIGINT NOT NULL REFERENCES asset (id) ON DELETE CASCADE,
    at BIGINT NOT NULL,
    value DOUBLE PRECISION
);

CREATE INDEX asset_risk_score_asset ON asset_risk_score (asset_id, id);

-- Teams of people in a company, and the assets they answer for.
CREATE TABLE company_team (
    id {{id}},
    company_id BIGINT NOT NULL REFERENCES company (id) ON DELETE CASCADE,
    label TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (company_id, label)
);

CREATE TABLE company_team_member (
    team_id BIGINT NOT NULL REFERENCES company_team (id) ON DELETE CASCADE,
    user_id BIGINT NOT NULL,
    PRIMARY KEY (team_id, user_id)
);

CREATE TABLE asset_team (
    asset_id BIGINT NOT NULL REFERENCES asset (id) ON DELETE CASCADE,
    team_id BIGINT NOT NULL REFERENCES company_team (id) ON DELETE CASCADE,
    PRIMARY KEY (asset_id, team_id)
);

CREATE INDEX asset_team_team ON asset_team (team_id);

-- The SBOM of an asset as it was last read.
CREATE TABLE asset_component (
    id {{id}},
    asset_id BIGINT NOT NULL REFERENCES asset (id) ON DELETE CASCADE,
    component_key TEXT NOT NULL,
    name TEXT NOT NULL,
    version TEXT,
    purl TEXT,
    package_manager TEXT,
    license TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (asset_id, component_key)
);

-- MANUAL issues were made by a person or a key, the others by a synchronization.
-- Its project is followed no longer: no synchronization speaks for it any more.
ALTER TABLE issue ADD COLUMN unfollowed BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE issue ADD COLUMN manual BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE issue ADD COLUMN created_by TEXT;
ALTER TABLE issue ADD COLUMN created_by_user BIGINT;
ALTER TABLE issue ADD COLUMN package TEXT NOT NULL DEFAULT '';

-- only sqlite
UPDATE issue SET package = COALESCE(json_extract(detail, '$.package'), '');

-- only postgres
UPDATE issue SET package = COALESCE(detail::json ->> 'package', '');

ALTER TABLE issue ADD COLUMN source TEXT NOT NULL DEFAULT 'dependency_track';
ALTER TABLE issue ADD COLUMN epss DOUBLE PRECISION;
ALTER TABLE issue ADD COLUMN known_exploited BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE issue ADD COLUMN patched_version TEXT;
ALTER TABLE issue ADD COLUMN advice_at BIGINT;
ALTER TABLE issue ADD COLUMN due_at BIGINT;
ALTER TABLE issue ADD COLUMN expires_at BIGINT;
ALTER TABLE issue ADD COLUMN fingerprint TEXT;

CREATE INDEX issue_component ON issue (asset_id, component_key);

CREATE INDEX issue_expires ON issue (expires_at) WHERE expires_at IS NOT NULL;

CREATE INDEX issue_fixed ON issue (company_id, fixed_at) WHERE fixed_at IS NOT NULL;

CREATE INDEX issue_advice ON issue (asset_id) WHERE advice_at IS NULL;

CREATE INDEX issue_event_at ON issue_event (field, at);

-- An issue that became part of another one: old links still lead somewhere.
CREATE TABLE issue_merged (
    old_id BIGINT NOT NULL PRIMARY KEY,
    issue_id BIGINT NOT NULL REFERENCES issue (id) ON DELETE CASCADE
);

CREATE TABLE issue_assignee (
    issue_id BIGINT NOT NULL REFERENCES issue (id) ON DELETE CASCADE,
    user_id BIGINT NOT NULL,
    PRIMARY KEY (issue_id, user_id)
);

CREATE INDEX issue_assignee_user ON issue_assignee (user_id);

CREATE TABLE issue_comment (
    id {{id}},
    issue_id BIGINT NOT NULL REFERENCES issue (id) ON DELETE CASCADE,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    user_id BIGINT,
    body TEXT NOT NULL
);

CREATE INDEX issue_comment_issue ON issue_comment (issue_id, id);

CREATE TABLE sla_rule (
    company_id BIGINT NOT NULL REFERENCES company (id) ON DELETE CASCADE,
    severity TEXT NOT NULL,
    business_impact TEXT NOT NULL,
    days BIGINT NOT NULL,
    PRIMARY KEY (company_id, severity, business_impact)
);

-- The policy of a company (asset_id is 0) or of one asset.
CREATE TABLE gate_policy (
    company_id BIGINT NOT NULL REFERENCES company (id) ON DELETE CASCADE,
    asset_id BIGINT NOT NULL,
    yaml TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (company_id, asset_id)
);

CREATE TABLE gate_run (
    id {{id}},
    company_id BIGINT NOT NULL REFERENCES company (id) ON DELETE CASCADE,
    asset_id BIGINT NOT NULL REFERENCES asset (id) ON DELETE CASCADE,
    at BIGINT NOT NULL,
    scope TEXT NOT NULL,
    yaml TEXT NOT NULL,
    status TEXT NOT NULL,
    results TEXT NOT NULL,
    failing TEXT NOT NULL
);

CREATE INDEX gate_run_company ON gate_run (company_id, id);

CREATE TABLE audit_entry (
    id {{id}},
    company_id BIGINT NOT NULL,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    target TEXT NOT NULL,
    address TEXT,
    detail TEXT
);

CREATE INDEX audit_entry_company ON audit_entry (company_id, id);

CREATE TABLE control_sync (
    id {{id}},
    asset_id BIGINT NOT NULL REFERENCES asset (id) ON DELETE CASCADE,
    integration TEXT NOT NULL,
    external_count BIGINT NOT NULL,
    success_count BIGINT NOT NULL,
    failure_count BIGINT NOT NULL,
    failure_reason TEXT,
    created_at BIGINT NOT NULL
);

-- What a retried mutation made the first time.
CREATE TABLE mutation_done (
    caller TEXT NOT NULL,
    operation TEXT NOT NULL,
    client_mutation_id TEXT NOT NULL,
    made_id BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (caller, operation, client_mutation_id)
);

CREATE INDEX mutation_done_at ON mutation_done (at);

-- Several integrations of one kind in a company, each with a schedule of its own.
ALTER TABLE integration ADD COLUMN cron TEXT;
ALTER TABLE integration ADD COLUMN next_sync_at BIGINT;
ALTER TABLE integration ADD COLUMN show_work BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE integration ADD COLUMN problem_at BIGINT;

-- When a push last brought both sides to agreement: what was read before it is stale.
ALTER TABLE finding_link ADD COLUMN agreed_at BIGINT NOT NULL DEFAULT 0;

-- only postgres
ALTER TABLE integration DROP CONSTRAINT integration_company_id_kind_key;

-- only sqlite
CREATE TABLE new_integration (
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
    cron TEXT,
    next_sync_at BIGINT,
    show_work BOOLEAN NOT NULL DEFAULT FALSE,
    problem_at BIGINT
);

-- only sqlite
INSERT INTO new_integration SELECT id, company_id, kind, name, api_url, api_token, webhook_token, webhook_hash,
    severities, ca_pem, state, problem, dt_version, checked_at, created_at, updated_at, cron, next_sync_at,
    show_work, problem_at FROM integration;

-- only sqlite
DROP TABLE integration;

-- only sqlite
ALTER TABLE new_integration RENAME TO integration;

-- only sqlite
CREATE INDEX integration_webhook ON integration (webhook_hash);

CREATE INDEX integration_company ON integration (company_id);

CREATE INDEX integration_next_sync ON integration (next_sync_at) WHERE next_sync_at IS NOT NULL;

-- An asset follows one version of a project, or whichever is the latest.
ALTER TABLE asset_link ADD COLUMN follow TEXT NOT NULL DEFAULT 'VERSION';
ALTER TABLE asset_link ADD COLUMN active BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE asset_link ADD COLUMN latest BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE asset_link ADD COLUMN components_at BIGINT;

-- only postgres
ALTER TABLE asset_link DROP CONSTRAINT asset_link_integration_id_project_uuid_key;

-- only sqlite
CREATE TABLE new_asset_link (
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
    follow TEXT NOT NULL DEFAULT 'VERSION',
    active BOOLEAN NOT NULL DEFAULT TRUE,
    latest BOOLEAN NOT NULL DEFAULT FALSE,
    components_at BIGINT
);

-- only sqlite
INSERT INTO new_asset_link SELECT id, asset_id, integration_id, project_uuid, project_name, project_version,
    last_bom_import, problem, webhook_first, created_at, follow, active, latest, components_at FROM asset_link;

-- only sqlite
DROP TABLE asset_link;

-- only sqlite
ALTER TABLE new_asset_link RENAME TO asset_link;

-- only sqlite
CREATE INDEX asset_link_asset ON asset_link (asset_id);

CREATE UNIQUE INDEX asset_link_project ON asset_link (integration_id, project_uuid, follow);

CREATE INDEX asset_link_name ON asset_link (integration_id, project_name) WHERE follow = 'LATEST';

-- What Dependency-Track says about the versions that a vulnerability affects, asked once.
CREATE TABLE vulnerability_record (
    integration_id BIGINT NOT NULL REFERENCES integration (id) ON DELETE CASCADE,
    source TEXT NOT NULL,
    vulnerability TEXT NOT NULL,
    affected TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (integration_id, source, vulnerability)
);
