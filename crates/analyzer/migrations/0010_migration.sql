-- Copying from another server: what came, and what waits for its vulnerability.
CREATE TABLE migration (
    id {{id}},
    -- The address of the other server.
    source TEXT NOT NULL UNIQUE,
    started_at BIGINT NOT NULL,
    -- Null as long as the copy is not complete: the next one goes on with it.
    ended_at BIGINT,
    -- Whether there was nothing here but defaults when the first copy began.
    fresh BOOLEAN NOT NULL
);

-- An object of the other server: what it was when it was copied (`seen`) and what it became here
-- (`written`), both as hashes, so that a change on either side is noticed.
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

-- A decision about a vulnerability that is not known here yet; `decision` is JSON.
CREATE TABLE waiting_analysis (
    id {{id}},
    component_id BIGINT NOT NULL REFERENCES component (id) ON DELETE CASCADE,
    source TEXT NOT NULL,
    vuln_id TEXT NOT NULL,
    vulnerability_uuid TEXT NOT NULL,
    decision TEXT NOT NULL,
    UNIQUE (component_id, source, vuln_id)
);

CREATE INDEX waiting_analysis_vulnerability ON waiting_analysis (source, vuln_id);
