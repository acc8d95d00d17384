-- The tables as the migrations leave them in SQLite. Written by `make gen`.
CREATE TABLE job (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    lane TEXT,
    state TEXT NOT NULL,
    payload TEXT NOT NULL,
    priority BIGINT NOT NULL,
    run_at BIGINT NOT NULL,
    attempt BIGINT NOT NULL,
    max_attempts BIGINT NOT NULL,
    worker TEXT,
    lease_until BIGINT,
    phase TEXT,
    done BIGINT NOT NULL,
    total BIGINT,
    message TEXT,
    last_error TEXT,
    cancel_requested BOOLEAN NOT NULL,
    replaces BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    started_at BIGINT,
    ended_at BIGINT
, pool TEXT);
CREATE INDEX job_due ON job (state, kind, run_at);
CREATE INDEX job_lane ON job (kind, lane, state, id);
CREATE INDEX job_ended ON job (ended_at) WHERE ended_at IS NOT NULL;
CREATE TABLE job_schedule (
    kind TEXT NOT NULL PRIMARY KEY,
    every_ms BIGINT NOT NULL,
    last_at BIGINT,
    next_at BIGINT NOT NULL
);
CREATE TABLE blob (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    body BLOB NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE TABLE setting (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);
CREATE INDEX job_pool ON job (kind, pool, state);
CREATE TABLE vulnerability (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid TEXT NOT NULL UNIQUE,
    source TEXT NOT NULL,
    vuln_id TEXT NOT NULL,
    title TEXT,
    description TEXT,
    reference_list TEXT,
    credits TEXT,
    severity TEXT NOT NULL,
    severity_rank BIGINT NOT NULL,
    cvss_v2_score DOUBLE PRECISION,
    cvss_v2_vector TEXT,
    cvss_v3_score DOUBLE PRECISION,
    cvss_v3_vector TEXT,
    cvss_v4_score DOUBLE PRECISION,
    cvss_v4_vector TEXT,
    cwes TEXT NOT NULL,
    aliases TEXT NOT NULL,
    alias_group TEXT NOT NULL,
    published BIGINT,
    updated BIGINT,
    withdrawn BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL, sub_title TEXT, recommendation TEXT, detail TEXT, owasp_vector TEXT, severity_rule TEXT,
    UNIQUE (source, vuln_id)
);
CREATE INDEX vulnerability_vuln_id ON vulnerability (vuln_id);
CREATE TABLE affected_package (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    vulnerability_id BIGINT NOT NULL REFERENCES vulnerability (id) ON DELETE CASCADE,
    ecosystem TEXT NOT NULL,
    name TEXT NOT NULL,
    spec TEXT NOT NULL
, advisory_id BIGINT REFERENCES advisory (id) ON DELETE CASCADE);
CREATE INDEX affected_package_name ON affected_package (ecosystem, name);
CREATE INDEX affected_package_vulnerability ON affected_package (vulnerability_id);
CREATE TABLE package_version (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    identity TEXT NOT NULL UNIQUE,
    analysed_at BIGINT
, cpe TEXT, revision BIGINT NOT NULL DEFAULT 0);
CREATE INDEX package_version_due ON package_version (id) WHERE analysed_at IS NULL;
CREATE TABLE project (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid TEXT NOT NULL UNIQUE,
    parent_id BIGINT REFERENCES project (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    version TEXT,
    group_name TEXT,
    publisher TEXT,
    description TEXT,
    classifier TEXT,
    cpe TEXT,
    purl TEXT,
    swid_tag_id TEXT,
    authors TEXT,
    supplier TEXT,
    manufacturer TEXT,
    external_references TEXT,
    active BOOLEAN NOT NULL,
    is_latest BOOLEAN NOT NULL,
    last_bom_import BIGINT,
    last_bom_import_format TEXT,
    last_inherited_risk_score DOUBLE PRECISION,
    created_at BIGINT NOT NULL
, collection_logic TEXT NOT NULL DEFAULT 'NONE', collection_tag TEXT, metadata TEXT, last_vulnerability_analysis BIGINT, policy_due BIGINT NOT NULL DEFAULT 0, metrics_due BIGINT NOT NULL DEFAULT 0, inactive_since BIGINT);
CREATE UNIQUE INDEX project_name_version ON project (name, COALESCE(version, ''));
CREATE INDEX project_parent ON project (parent_id);
CREATE TABLE project_tag (
    project_id BIGINT NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    PRIMARY KEY (project_id, name)
);
CREATE INDEX project_tag_name ON project_tag (name);
CREATE TABLE component (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid TEXT NOT NULL UNIQUE,
    project_id BIGINT NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    package_version_id BIGINT REFERENCES package_version (id),
    name TEXT NOT NULL,
    group_name TEXT,
    version TEXT,
    purl TEXT,
    purl_coordinates TEXT,
    cpe TEXT,
    swid_tag_id TEXT,
    classifier TEXT NOT NULL,
    scope TEXT,
    licence_id TEXT,
    details TEXT NOT NULL,
    is_new BOOLEAN NOT NULL
, is_internal BOOLEAN NOT NULL DEFAULT FALSE, by_hand BOOLEAN NOT NULL DEFAULT FALSE, notes TEXT, copy_of BIGINT);
CREATE INDEX component_project ON component (project_id, name);
CREATE INDEX component_package_version ON component (package_version_id);
CREATE TABLE component_hash (
    component_id BIGINT NOT NULL REFERENCES component (id) ON DELETE CASCADE,
    value TEXT NOT NULL
, algorithm TEXT NOT NULL DEFAULT '');
CREATE INDEX component_hash_value ON component_hash (value);
CREATE INDEX component_hash_component ON component_hash (component_id);
CREATE TABLE dependency (
    project_id BIGINT NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    component_id BIGINT REFERENCES component (id) ON DELETE CASCADE,
    depends_on BIGINT NOT NULL REFERENCES component (id) ON DELETE CASCADE
);
CREATE INDEX dependency_project ON dependency (project_id);
CREATE INDEX dependency_component ON dependency (component_id);
CREATE INDEX dependency_depends_on ON dependency (depends_on);
CREATE TABLE event_token (
    uuid TEXT NOT NULL PRIMARY KEY,
    job_id BIGINT NOT NULL
);
CREATE TABLE metrics (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    project_id BIGINT REFERENCES project (id) ON DELETE CASCADE,
    counts TEXT NOT NULL,
    first_occurrence BIGINT NOT NULL,
    last_occurrence BIGINT NOT NULL
);
CREATE INDEX metrics_project ON metrics (project_id, last_occurrence);
CREATE TABLE analysis (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    project_id BIGINT NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    component_id BIGINT NOT NULL REFERENCES component (id) ON DELETE CASCADE,
    vulnerability_id BIGINT NOT NULL REFERENCES vulnerability (id) ON DELETE CASCADE,
    state TEXT NOT NULL,
    justification TEXT NOT NULL,
    response TEXT NOT NULL,
    details TEXT,
    suppressed BOOLEAN NOT NULL, vulnerability_policy_id BIGINT, by_hand BOOLEAN NOT NULL DEFAULT FALSE, severity TEXT, cvss_v2_vector TEXT, cvss_v2_score DOUBLE PRECISION, cvss_v3_vector TEXT, cvss_v3_score DOUBLE PRECISION, cvss_v4_vector TEXT, cvss_v4_score DOUBLE PRECISION, owasp_vector TEXT, owasp_score DOUBLE PRECISION,
    UNIQUE (component_id, vulnerability_id)
);
CREATE INDEX analysis_project ON analysis (project_id);
CREATE INDEX analysis_vulnerability ON analysis (vulnerability_id);
CREATE TABLE analysis_comment (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
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
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL UNIQUE,
    description TEXT,
    publisher_class TEXT NOT NULL,
    template TEXT,
    template_mime_type TEXT NOT NULL,
    is_default BOOLEAN NOT NULL
, payload_version TEXT);
CREATE TABLE notification_rule (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
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
, trigger_type TEXT NOT NULL DEFAULT 'EVENT', message TEXT, schedule_cron TEXT, schedule_last BIGINT, schedule_next BIGINT, schedule_component BIGINT, schedule_skip_unchanged BOOLEAN NOT NULL DEFAULT FALSE, filter_expression TEXT);
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
CREATE TABLE advisory (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    vulnerability_id BIGINT NOT NULL REFERENCES vulnerability (id) ON DELETE CASCADE,
    origin TEXT NOT NULL,
    record_hash TEXT NOT NULL,
    withdrawn BOOLEAN NOT NULL,
    mirrored BOOLEAN NOT NULL DEFAULT FALSE,
    told TEXT,
    UNIQUE (vulnerability_id, origin)
);
CREATE TABLE advisory_alias (
    advisory_id BIGINT NOT NULL REFERENCES advisory (id) ON DELETE CASCADE,
    vuln_id TEXT NOT NULL,
    alias TEXT NOT NULL,
    PRIMARY KEY (advisory_id, alias)
);
CREATE INDEX advisory_alias_alias ON advisory_alias (alias);
CREATE INDEX advisory_alias_vuln_id ON advisory_alias (vuln_id);
CREATE INDEX affected_package_advisory ON affected_package (advisory_id);
CREATE INDEX vulnerability_alias_group ON vulnerability (alias_group);
CREATE TABLE advisory_revision (
    revision BIGINT NOT NULL
);
CREATE TABLE package_name (
    ecosystem TEXT NOT NULL,
    name TEXT NOT NULL,
    package_version_id BIGINT NOT NULL REFERENCES package_version (id) ON DELETE CASCADE,
    PRIMARY KEY (ecosystem, name, package_version_id)
);
CREATE INDEX package_name_version ON package_name (package_version_id);
CREATE TABLE package_match (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    package_version_id BIGINT NOT NULL REFERENCES package_version (id) ON DELETE CASCADE,
    vulnerability_id BIGINT NOT NULL REFERENCES vulnerability (id) ON DELETE CASCADE,
    component_id BIGINT REFERENCES component (id) ON DELETE CASCADE,
    analyzers BIGINT NOT NULL,
    reason TEXT NOT NULL,
    version_order TEXT,
    fixed_version TEXT,
    attributed_on BIGINT NOT NULL
);
CREATE UNIQUE INDEX package_match_pair
    ON package_match (package_version_id, vulnerability_id, COALESCE(component_id, 0));
CREATE INDEX package_match_of_vulnerability ON package_match (vulnerability_id);
CREATE INDEX package_match_component ON package_match (component_id) WHERE component_id IS NOT NULL;
CREATE TABLE attribution (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    package_version_id BIGINT NOT NULL REFERENCES package_version (id) ON DELETE CASCADE,
    vulnerability_id BIGINT NOT NULL REFERENCES vulnerability (id) ON DELETE CASCADE,
    component_id BIGINT REFERENCES component (id) ON DELETE CASCADE,
    analyzer TEXT NOT NULL,
    reason TEXT NOT NULL,
    fixed_version TEXT,
    alternate_id TEXT,
    reference_url TEXT,
    attributed_on BIGINT NOT NULL
);
CREATE UNIQUE INDEX attribution_once
    ON attribution (package_version_id, vulnerability_id, analyzer, COALESCE(component_id, 0));
CREATE INDEX attribution_vulnerability ON attribution (vulnerability_id);
CREATE INDEX attribution_component ON attribution (component_id) WHERE component_id IS NOT NULL;
CREATE TABLE remote_analysis (
    package_version_id BIGINT NOT NULL REFERENCES package_version (id) ON DELETE CASCADE,
    analyzer TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    PRIMARY KEY (package_version_id, analyzer)
);
CREATE TABLE epss (
    cve TEXT NOT NULL PRIMARY KEY,
    score DOUBLE PRECISION NOT NULL,
    percentile DOUBLE PRECISION NOT NULL
);
CREATE TABLE known_exploited (
    cve TEXT NOT NULL PRIMARY KEY,
    date_added BIGINT,
    entry TEXT NOT NULL
);
CREATE TABLE cwe (
    id BIGINT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL
);
CREATE TABLE source_state (
    source TEXT NOT NULL PRIMARY KEY,
    checkpoint TEXT NOT NULL,
    next_run BIGINT NOT NULL
);
CREATE TABLE source_run (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source TEXT NOT NULL,
    job_id BIGINT NOT NULL,
    cause TEXT NOT NULL,
    state TEXT NOT NULL,
    report TEXT,
    error TEXT,
    created_at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE INDEX source_run_source ON source_run (source, id);
CREATE TABLE project_team (
    project_id BIGINT NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    team_id BIGINT NOT NULL,
    PRIMARY KEY (project_id, team_id)
);
CREATE INDEX project_team_team ON project_team (team_id);
CREATE INDEX project_collection_tag ON project (collection_tag) WHERE collection_tag IS NOT NULL;
CREATE TABLE project_property (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    project_id BIGINT NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    group_name TEXT,
    name TEXT NOT NULL,
    value TEXT,
    kind TEXT NOT NULL,
    description TEXT
);
CREATE UNIQUE INDEX project_property_once ON project_property (project_id, COALESCE(group_name, ''), name);
CREATE TABLE tag (
    name TEXT NOT NULL PRIMARY KEY
);
CREATE TABLE vulnerability_tag (
    vulnerability_id BIGINT NOT NULL REFERENCES vulnerability (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    PRIMARY KEY (vulnerability_id, name)
);
CREATE INDEX vulnerability_tag_name ON vulnerability_tag (name);
CREATE INDEX component_copy ON component (copy_of) WHERE copy_of IS NOT NULL;
CREATE TABLE component_property (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid TEXT NOT NULL UNIQUE,
    component_id BIGINT NOT NULL REFERENCES component (id) ON DELETE CASCADE,
    group_name TEXT,
    name TEXT NOT NULL,
    value TEXT,
    kind TEXT NOT NULL,
    description TEXT
);
CREATE UNIQUE INDEX component_property_once
    ON component_property (component_id, COALESCE(group_name, ''), name, COALESCE(value, ''));
CREATE TABLE component_occurrence (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid TEXT NOT NULL UNIQUE,
    component_id BIGINT NOT NULL REFERENCES component (id) ON DELETE CASCADE,
    location TEXT NOT NULL,
    line_number BIGINT,
    char_offset BIGINT,
    symbol TEXT,
    created_at BIGINT NOT NULL
);
CREATE INDEX component_occurrence_component ON component_occurrence (component_id);
CREATE TABLE service (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid TEXT NOT NULL UNIQUE,
    project_id BIGINT NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    group_name TEXT,
    version TEXT,
    description TEXT,
    details TEXT NOT NULL,
    by_hand BOOLEAN NOT NULL DEFAULT FALSE,
    notes TEXT,
    copy_of BIGINT
);
CREATE INDEX service_project ON service (project_id, name);
CREATE TABLE service_dependency (
    project_id BIGINT NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    component_id BIGINT REFERENCES component (id) ON DELETE CASCADE,
    depends_on BIGINT NOT NULL REFERENCES service (id) ON DELETE CASCADE
);
CREATE INDEX service_dependency_project ON service_dependency (project_id);
CREATE INDEX service_dependency_component ON service_dependency (component_id);
CREATE INDEX service_dependency_depends_on ON service_dependency (depends_on);
CREATE TABLE license (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid TEXT NOT NULL UNIQUE,
    license_id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    is_osi_approved BOOLEAN NOT NULL,
    is_fsf_libre BOOLEAN NOT NULL,
    is_deprecated BOOLEAN NOT NULL,
    is_custom BOOLEAN NOT NULL,
    details TEXT NOT NULL
);
CREATE INDEX license_name ON license (name);
CREATE INDEX component_licence ON component (licence_id) WHERE licence_id IS NOT NULL;
CREATE TABLE license_group (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL UNIQUE,
    risk_weight BIGINT NOT NULL
);
CREATE TABLE license_group_license (
    group_id BIGINT NOT NULL REFERENCES license_group (id) ON DELETE CASCADE,
    license_id BIGINT NOT NULL REFERENCES license (id) ON DELETE CASCADE,
    PRIMARY KEY (group_id, license_id)
);
CREATE INDEX license_group_license_license ON license_group_license (license_id);
CREATE TABLE policy (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL UNIQUE,
    operator TEXT NOT NULL,
    violation_state TEXT NOT NULL,
    include_children BOOLEAN NOT NULL,
    only_latest BOOLEAN NOT NULL
);
CREATE TABLE policy_condition (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid TEXT NOT NULL UNIQUE,
    policy_id BIGINT NOT NULL REFERENCES policy (id) ON DELETE CASCADE,
    subject TEXT NOT NULL,
    operator TEXT NOT NULL,
    value TEXT NOT NULL,
    kind TEXT
);
CREATE INDEX policy_condition_policy ON policy_condition (policy_id);
CREATE TABLE policy_project (
    policy_id BIGINT NOT NULL REFERENCES policy (id) ON DELETE CASCADE,
    project_id BIGINT NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    PRIMARY KEY (policy_id, project_id)
);
CREATE INDEX policy_project_project ON policy_project (project_id);
CREATE TABLE policy_tag (
    policy_id BIGINT NOT NULL REFERENCES policy (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    PRIMARY KEY (policy_id, name)
);
CREATE INDEX policy_tag_name ON policy_tag (name);
CREATE TABLE policy_violation (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid TEXT NOT NULL UNIQUE,
    project_id BIGINT NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    component_id BIGINT NOT NULL REFERENCES component (id) ON DELETE CASCADE,
    condition_id BIGINT NOT NULL REFERENCES policy_condition (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    at BIGINT NOT NULL,
    UNIQUE (component_id, condition_id)
);
CREATE INDEX policy_violation_project ON policy_violation (project_id, at);
CREATE INDEX policy_violation_condition ON policy_violation (condition_id);
CREATE INDEX policy_violation_at ON policy_violation (at);
CREATE TABLE violation_analysis (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    violation_id BIGINT NOT NULL UNIQUE REFERENCES policy_violation (id) ON DELETE CASCADE,
    state TEXT NOT NULL,
    suppressed BOOLEAN NOT NULL
);
CREATE TABLE violation_analysis_comment (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    analysis_id BIGINT NOT NULL REFERENCES violation_analysis (id) ON DELETE CASCADE,
    at BIGINT NOT NULL,
    comment TEXT NOT NULL,
    commenter TEXT
);
CREATE INDEX violation_analysis_comment_analysis ON violation_analysis_comment (analysis_id, id);
CREATE INDEX project_policy_due ON project (id) WHERE policy_due > 0;
CREATE INDEX project_metrics_due ON project (id) WHERE metrics_due > 0;
CREATE TABLE component_metrics (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    component_id BIGINT NOT NULL REFERENCES component (id) ON DELETE CASCADE,
    counts TEXT NOT NULL,
    first_occurrence BIGINT NOT NULL,
    last_occurrence BIGINT NOT NULL
);
CREATE INDEX component_metrics_component ON component_metrics (component_id, id);
CREATE INDEX metrics_project_id ON metrics (project_id, id);
CREATE INDEX metrics_last ON metrics (last_occurrence);
CREATE INDEX notification_rule_next ON notification_rule (schedule_next) WHERE schedule_next IS NOT NULL;
CREATE INDEX notification_rule_project_project ON notification_rule_project (project_id);
CREATE INDEX notification_rule_tag_name ON notification_rule_tag (name);
CREATE TABLE notification_rule_team (
    rule_id BIGINT NOT NULL REFERENCES notification_rule (id) ON DELETE CASCADE,
    team_id BIGINT NOT NULL,
    PRIMARY KEY (rule_id, team_id)
);
CREATE TABLE notification_delivery (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
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
CREATE TABLE integration_upload (
    integration TEXT NOT NULL,
    project_id BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    ended_at BIGINT,
    error TEXT,
    PRIMARY KEY (integration, project_id)
);
CREATE TABLE repository (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    identifier TEXT NOT NULL,
    url TEXT NOT NULL,
    resolution_order BIGINT NOT NULL,
    enabled BOOLEAN NOT NULL,
    internal BOOLEAN NOT NULL,
    authentication_required BOOLEAN NOT NULL,
    username TEXT,
    password TEXT,
    UNIQUE (kind, identifier)
);
CREATE TABLE package_metadata (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    package TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    namespace TEXT,
    name TEXT NOT NULL,
    latest_version TEXT,
    published BIGINT,
    repository_id BIGINT REFERENCES repository (id) ON DELETE SET NULL,
    validator TEXT,
    last_check BIGINT NOT NULL
);
CREATE TABLE package_artifact (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    purl TEXT NOT NULL UNIQUE,
    hashes TEXT,
    published BIGINT,
    resolved_from TEXT,
    last_check BIGINT NOT NULL
);
CREATE INDEX component_purl ON component (purl);
CREATE TABLE secret (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    description TEXT,
    value TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE TABLE secret_use (
    group_name TEXT NOT NULL,
    property TEXT NOT NULL,
    secret TEXT NOT NULL REFERENCES secret (name) ON DELETE CASCADE,
    PRIMARY KEY (group_name, property)
);
CREATE TABLE migration (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source TEXT NOT NULL UNIQUE,
    started_at BIGINT NOT NULL,
    ended_at BIGINT,
    fresh BOOLEAN NOT NULL
);
CREATE TABLE migrated (
    migration_id BIGINT NOT NULL REFERENCES migration (id) ON DELETE CASCADE,
    noun TEXT NOT NULL,
    uuid TEXT NOT NULL,
    name TEXT NOT NULL,
    seen TEXT NOT NULL,
    written TEXT NOT NULL,
    outcome TEXT NOT NULL,
    note TEXT,
    at BIGINT NOT NULL,
    PRIMARY KEY (migration_id, noun, uuid)
);
CREATE INDEX migrated_uuid ON migrated (uuid);
CREATE TABLE waiting_analysis (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    component_id BIGINT NOT NULL REFERENCES component (id) ON DELETE CASCADE,
    source TEXT NOT NULL,
    vuln_id TEXT NOT NULL,
    vulnerability_uuid TEXT NOT NULL,
    decision TEXT NOT NULL,
    UNIQUE (component_id, source, vuln_id)
);
CREATE INDEX waiting_analysis_vulnerability ON waiting_analysis (source, vuln_id);
CREATE TABLE vulnerability_policy_bundle (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid TEXT NOT NULL UNIQUE,
    url TEXT NOT NULL UNIQUE,
    hash TEXT,
    last_successful_sync BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE TABLE vulnerability_policy_sync (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    bundle_id BIGINT NOT NULL REFERENCES vulnerability_policy_bundle (id) ON DELETE CASCADE,
    job_id BIGINT NOT NULL,
    state TEXT NOT NULL,
    error TEXT,
    created_at BIGINT NOT NULL,
    started_at BIGINT,
    ended_at BIGINT
);
CREATE INDEX vulnerability_policy_sync_bundle ON vulnerability_policy_sync (bundle_id, id);
CREATE TABLE vulnerability_policy (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL UNIQUE,
    description TEXT,
    author TEXT,
    expression TEXT NOT NULL,
    analysis TEXT NOT NULL,
    ratings TEXT NOT NULL,
    mode TEXT NOT NULL,
    priority BIGINT NOT NULL,
    valid_from BIGINT,
    valid_until BIGINT,
    in_window BOOLEAN NOT NULL,
    bundle_id BIGINT REFERENCES vulnerability_policy_bundle (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX vulnerability_policy_order ON vulnerability_policy (priority, name);
CREATE INDEX vulnerability_policy_bundle_id ON vulnerability_policy (bundle_id);
CREATE INDEX analysis_governed ON analysis (project_id) WHERE vulnerability_policy_id IS NOT NULL;
INSERT INTO advisory_revision (revision) VALUES (0);
