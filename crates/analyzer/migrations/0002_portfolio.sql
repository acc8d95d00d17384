CREATE TABLE project (
    id {{id}},
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
);

CREATE UNIQUE INDEX project_name_version ON project (name, COALESCE(version, ''));

CREATE INDEX project_parent ON project (parent_id);

CREATE TABLE project_tag (
    project_id BIGINT NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    PRIMARY KEY (project_id, name)
);

CREATE INDEX project_tag_name ON project_tag (name);

CREATE TABLE component (
    id {{id}},
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
    -- Everything else as it is answered (JSON): authors, hashes, licence texts, references.
    details TEXT NOT NULL,
    -- Whether its vulnerabilities still have to be announced.
    is_new BOOLEAN NOT NULL
);

CREATE INDEX component_project ON component (project_id, name);

CREATE INDEX component_package_version ON component (package_version_id);

CREATE TABLE component_hash (
    component_id BIGINT NOT NULL REFERENCES component (id) ON DELETE CASCADE,
    value TEXT NOT NULL
);

CREATE INDEX component_hash_value ON component_hash (value);

CREATE INDEX component_hash_component ON component_hash (component_id);

-- An edge of the dependency graph; from the project itself when component_id is null.
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

-- Metrics over time: of a project, or of the whole portfolio when project_id is null.
CREATE TABLE metrics (
    id {{id}},
    project_id BIGINT REFERENCES project (id) ON DELETE CASCADE,
    counts TEXT NOT NULL,
    first_occurrence BIGINT NOT NULL,
    last_occurrence BIGINT NOT NULL
);

CREATE INDEX metrics_project ON metrics (project_id, last_occurrence);
