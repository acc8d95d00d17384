-- A vulnerability as one source tells it. `record_hash` says whether its advisory has changed.
CREATE TABLE vulnerability (
    id {{id}},
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
    -- The id by which the flaw is known; records of one flaw share it.
    alias_group TEXT NOT NULL,
    published BIGINT,
    updated BIGINT,
    withdrawn BOOLEAN NOT NULL,
    record_hash TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (source, vuln_id)
);

CREATE INDEX vulnerability_vuln_id ON vulnerability (vuln_id);

-- Which packages an advisory affects, and in which versions (JSON).
CREATE TABLE affected_package (
    id {{id}},
    vulnerability_id BIGINT NOT NULL REFERENCES vulnerability (id) ON DELETE CASCADE,
    ecosystem TEXT NOT NULL,
    name TEXT NOT NULL,
    spec TEXT NOT NULL
);

CREATE INDEX affected_package_name ON affected_package (ecosystem, name);

CREATE INDEX affected_package_vulnerability ON affected_package (vulnerability_id);

-- A package version, wherever it is used. It is analysed once; `analysed_at` is null until then.
CREATE TABLE package_version (
    id {{id}},
    purl TEXT NOT NULL UNIQUE,
    ecosystem TEXT,
    name TEXT,
    version TEXT,
    analysed_at BIGINT
);

CREATE INDEX package_version_name ON package_version (ecosystem, name);

CREATE INDEX package_version_due ON package_version (id) WHERE analysed_at IS NULL;

-- Which vulnerability affects which package version, and why.
CREATE TABLE package_match (
    package_version_id BIGINT NOT NULL REFERENCES package_version (id) ON DELETE CASCADE,
    vulnerability_id BIGINT NOT NULL REFERENCES vulnerability (id) ON DELETE CASCADE,
    reason TEXT NOT NULL,
    fixed_version TEXT,
    attributed_on BIGINT NOT NULL,
    PRIMARY KEY (package_version_id, vulnerability_id)
);

CREATE INDEX package_match_vulnerability ON package_match (vulnerability_id);
