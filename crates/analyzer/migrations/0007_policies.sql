-- The SPDX list and licences that somebody defined. Texts of the SPDX list are those of the program;
-- `details` (JSON) has what a licence of one's own says beyond the columns.
CREATE TABLE license (
    id {{id}},
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
    id {{id}},
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
    id {{id}},
    uuid TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL UNIQUE,
    operator TEXT NOT NULL,
    violation_state TEXT NOT NULL,
    include_children BOOLEAN NOT NULL,
    only_latest BOOLEAN NOT NULL
);

-- `kind` is the type of the violations, where the subject does not decide it.
CREATE TABLE policy_condition (
    id {{id}},
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

-- A component breaks a condition; the row stays as long as it does.
CREATE TABLE policy_violation (
    id {{id}},
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

-- What people decided about a violation.
CREATE TABLE violation_analysis (
    id {{id}},
    violation_id BIGINT NOT NULL UNIQUE REFERENCES policy_violation (id) ON DELETE CASCADE,
    state TEXT NOT NULL,
    suppressed BOOLEAN NOT NULL
);

CREATE TABLE violation_analysis_comment (
    id {{id}},
    analysis_id BIGINT NOT NULL REFERENCES violation_analysis (id) ON DELETE CASCADE,
    at BIGINT NOT NULL,
    comment TEXT NOT NULL,
    commenter TEXT
);

CREATE INDEX violation_analysis_comment_analysis ON violation_analysis_comment (analysis_id, id);

-- How often something changed since the policies of a project were last evaluated, or since it was
-- last counted: work that read older rows does not set it back.
ALTER TABLE project ADD COLUMN policy_due BIGINT NOT NULL DEFAULT 0;

CREATE INDEX project_policy_due ON project (id) WHERE policy_due > 0;

DROP INDEX project_metrics_due;

ALTER TABLE project DROP COLUMN metrics_due;

ALTER TABLE project ADD COLUMN metrics_due BIGINT NOT NULL DEFAULT 0;

CREATE INDEX project_metrics_due ON project (id) WHERE metrics_due > 0;

-- Projects are counted anew: there are violations to count now.
UPDATE project SET metrics_due = 1, policy_due = 1;

-- Metrics of components over time. One that never had anything to count has no row.
CREATE TABLE component_metrics (
    id {{id}},
    component_id BIGINT NOT NULL REFERENCES component (id) ON DELETE CASCADE,
    counts TEXT NOT NULL,
    first_occurrence BIGINT NOT NULL,
    last_occurrence BIGINT NOT NULL
);

CREATE INDEX component_metrics_component ON component_metrics (component_id, id);

CREATE INDEX metrics_project_id ON metrics (project_id, id);

CREATE INDEX metrics_last ON metrics (last_occurrence);

-- The portfolio is the sum of its projects.
DELETE FROM metrics WHERE project_id IS NULL;
