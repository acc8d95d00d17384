-- What one source says of a vulnerability. Every source keeps its own record, so that the
-- vulnerability can be told anew when another one changes. `told` is JSON; null is a record of the
-- first release, whose next import fills it.
CREATE TABLE advisory (
    id {{id}},
    vulnerability_id BIGINT NOT NULL REFERENCES vulnerability (id) ON DELETE CASCADE,
    origin TEXT NOT NULL,
    record_hash TEXT NOT NULL,
    withdrawn BOOLEAN NOT NULL,
    -- Whether a mirror has seen it: only then its absence there means that it is gone.
    mirrored BOOLEAN NOT NULL DEFAULT FALSE,
    told TEXT,
    UNIQUE (vulnerability_id, origin)
);

INSERT INTO advisory (vulnerability_id, origin, record_hash, withdrawn)
SELECT id, 'osv', '', withdrawn FROM vulnerability;

-- Which other ids a record names for the same flaw.
CREATE TABLE advisory_alias (
    advisory_id BIGINT NOT NULL REFERENCES advisory (id) ON DELETE CASCADE,
    vuln_id TEXT NOT NULL,
    alias TEXT NOT NULL,
    PRIMARY KEY (advisory_id, alias)
);

CREATE INDEX advisory_alias_alias ON advisory_alias (alias);

CREATE INDEX advisory_alias_vuln_id ON advisory_alias (vuln_id);

-- Affected packages belong to a record of a source. Products (CPE) are packages of the ecosystem `CPE`.
ALTER TABLE affected_package ADD COLUMN advisory_id BIGINT REFERENCES advisory (id) ON DELETE CASCADE;

UPDATE affected_package SET advisory_id =
    (SELECT a.id FROM advisory a WHERE a.vulnerability_id = affected_package.vulnerability_id);

CREATE INDEX affected_package_advisory ON affected_package (advisory_id);

ALTER TABLE vulnerability ADD COLUMN sub_title TEXT;

ALTER TABLE vulnerability ADD COLUMN recommendation TEXT;

ALTER TABLE vulnerability ADD COLUMN detail TEXT;

ALTER TABLE vulnerability ADD COLUMN owasp_vector TEXT;

-- Which rule chose the severity, in words.
ALTER TABLE vulnerability ADD COLUMN severity_rule TEXT;

ALTER TABLE vulnerability DROP COLUMN record_hash;

CREATE INDEX vulnerability_alias_group ON vulnerability (alias_group);

-- A package version is known by its package URL, or by its CPE name, or by both together.
ALTER TABLE package_version ADD COLUMN cpe TEXT;

ALTER TABLE package_version RENAME COLUMN purl TO identity;

-- Counts how often its advisories changed: an analysis that read older ones is not written.
ALTER TABLE package_version ADD COLUMN revision BIGINT NOT NULL DEFAULT 0;

-- Counts how often what is affected changed: advisories that were read before are read again.
CREATE TABLE advisory_revision (
    revision BIGINT NOT NULL
);

INSERT INTO advisory_revision (revision) VALUES (0);

-- Under which names advisories may know a package version.
CREATE TABLE package_name (
    ecosystem TEXT NOT NULL,
    name TEXT NOT NULL,
    package_version_id BIGINT NOT NULL REFERENCES package_version (id) ON DELETE CASCADE,
    PRIMARY KEY (ecosystem, name, package_version_id)
);

CREATE INDEX package_name_version ON package_name (package_version_id);

INSERT INTO package_name (ecosystem, name, package_version_id)
SELECT ecosystem, name, id FROM package_version WHERE ecosystem IS NOT NULL AND name IS NOT NULL;

-- Advisories of more ecosystems are known now: everything is matched again.
UPDATE package_version SET analysed_at = NULL;

DROP INDEX package_version_name;

ALTER TABLE package_version DROP COLUMN ecosystem;

ALTER TABLE package_version DROP COLUMN name;

ALTER TABLE package_version DROP COLUMN version;

-- Projects that have to be counted anew.
ALTER TABLE project ADD COLUMN metrics_due BOOLEAN NOT NULL DEFAULT FALSE;

CREATE INDEX project_metrics_due ON project (id) WHERE metrics_due;

-- A match concerns every component with the package version, or only one component: what an SBOM or
-- a person says. `analyzers` is a set of bits; the range and its order are the internal analyzer's.
ALTER TABLE package_match RENAME TO package_match_before;

CREATE TABLE package_match (
    id {{id}},
    package_version_id BIGINT NOT NULL REFERENCES package_version (id) ON DELETE CASCADE,
    vulnerability_id BIGINT NOT NULL REFERENCES vulnerability (id) ON DELETE CASCADE,
    component_id BIGINT REFERENCES component (id) ON DELETE CASCADE,
    analyzers BIGINT NOT NULL,
    reason TEXT NOT NULL,
    version_order TEXT,
    fixed_version TEXT,
    attributed_on BIGINT NOT NULL
);

INSERT INTO package_match (package_version_id, vulnerability_id, analyzers, reason, fixed_version, attributed_on)
SELECT package_version_id, vulnerability_id, 1, reason, fixed_version, attributed_on FROM package_match_before;

DROP TABLE package_match_before;

CREATE UNIQUE INDEX package_match_pair
    ON package_match (package_version_id, vulnerability_id, COALESCE(component_id, 0));

CREATE INDEX package_match_of_vulnerability ON package_match (vulnerability_id);

CREATE INDEX package_match_component ON package_match (component_id) WHERE component_id IS NOT NULL;

-- What analyzers elsewhere, SBOMs and people said of a package version or a component.
CREATE TABLE attribution (
    id {{id}},
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

-- When an analyzer elsewhere was last asked for a package version.
CREATE TABLE remote_analysis (
    package_version_id BIGINT NOT NULL REFERENCES package_version (id) ON DELETE CASCADE,
    analyzer TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    PRIMARY KEY (package_version_id, analyzer)
);

-- Exploit Prediction Scoring System: probability and rank, 0 to 1, by CVE.
CREATE TABLE epss (
    cve TEXT NOT NULL PRIMARY KEY,
    score DOUBLE PRECISION NOT NULL,
    percentile DOUBLE PRECISION NOT NULL
);

-- Known exploited vulnerabilities, by CVE; `entry` is JSON.
CREATE TABLE known_exploited (
    cve TEXT NOT NULL PRIMARY KEY,
    date_added BIGINT,
    entry TEXT NOT NULL
);

-- Names of weaknesses that the built-in dictionary does not have, or has otherwise.
CREATE TABLE cwe (
    id BIGINT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL
);

-- Where the mirroring of a source stands; `checkpoint` is JSON.
CREATE TABLE source_state (
    source TEXT NOT NULL PRIMARY KEY,
    checkpoint TEXT NOT NULL,
    next_run BIGINT NOT NULL
);

CREATE TABLE source_run (
    id {{id}},
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
