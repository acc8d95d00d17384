-- Collection projects: what their metrics are taken from, and the tag of the children that count.
ALTER TABLE project ADD COLUMN collection_logic TEXT NOT NULL DEFAULT 'NONE';

ALTER TABLE project ADD COLUMN collection_tag TEXT;

CREATE INDEX project_collection_tag ON project (collection_tag) WHERE collection_tag IS NOT NULL;

-- Who made and supplied the last SBOM (JSON).
ALTER TABLE project ADD COLUMN metadata TEXT;

ALTER TABLE project ADD COLUMN last_vulnerability_analysis BIGINT;

CREATE TABLE project_property (
    id {{id}},
    project_id BIGINT NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    group_name TEXT,
    name TEXT NOT NULL,
    value TEXT,
    kind TEXT NOT NULL,
    description TEXT
);

CREATE UNIQUE INDEX project_property_once ON project_property (project_id, COALESCE(group_name, ''), name);

-- Tags are known by their names, in lower case. Here are those that somebody made, used or not.
CREATE TABLE tag (
    name TEXT NOT NULL PRIMARY KEY
);

INSERT INTO tag (name)
SELECT name FROM project_tag UNION SELECT name FROM notification_rule_tag;

CREATE TABLE vulnerability_tag (
    vulnerability_id BIGINT NOT NULL REFERENCES vulnerability (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    PRIMARY KEY (vulnerability_id, name)
);

CREATE INDEX vulnerability_tag_name ON vulnerability_tag (name);

-- Whether our own rules say that a component is one of ours.
ALTER TABLE component ADD COLUMN is_internal BOOLEAN NOT NULL DEFAULT FALSE;

-- Whether a person made it: such a component is not taken away by the next SBOM.
ALTER TABLE component ADD COLUMN by_hand BOOLEAN NOT NULL DEFAULT FALSE;

ALTER TABLE component ADD COLUMN notes TEXT;

-- While a project is cloned: the component that this one is a copy of.
ALTER TABLE component ADD COLUMN copy_of BIGINT;

CREATE INDEX component_copy ON component (copy_of) WHERE copy_of IS NOT NULL;

-- The algorithm, by the name of its member (md5, sha3_256); empty in rows of the first releases.
ALTER TABLE component_hash ADD COLUMN algorithm TEXT NOT NULL DEFAULT '';

CREATE TABLE component_property (
    id {{id}},
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

-- Where an SBOM says that a component was found.
CREATE TABLE component_occurrence (
    id {{id}},
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
    id {{id}},
    uuid TEXT NOT NULL UNIQUE,
    project_id BIGINT NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    group_name TEXT,
    version TEXT,
    description TEXT,
    -- Everything else as it is answered (JSON): provider, endpoints, data, references.
    details TEXT NOT NULL,
    by_hand BOOLEAN NOT NULL DEFAULT FALSE,
    notes TEXT,
    copy_of BIGINT
);

CREATE INDEX service_project ON service (project_id, name);

-- An edge of the dependency graph that leads to a service; from the project itself when component_id is null.
CREATE TABLE service_dependency (
    project_id BIGINT NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    component_id BIGINT REFERENCES component (id) ON DELETE CASCADE,
    depends_on BIGINT NOT NULL REFERENCES service (id) ON DELETE CASCADE
);

CREATE INDEX service_dependency_project ON service_dependency (project_id);

CREATE INDEX service_dependency_component ON service_dependency (component_id);

CREATE INDEX service_dependency_depends_on ON service_dependency (depends_on);
