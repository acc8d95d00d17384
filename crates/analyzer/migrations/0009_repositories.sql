-- Where packages come from. `url` is empty until somebody gives an address; the password is sealed.
CREATE TABLE repository (
    id {{id}},
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

-- What repositories say of a package, whoever uses it; `package` is its package URL without version.
-- Without a latest version no repository has it.
CREATE TABLE package_metadata (
    id {{id}},
    package TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    namespace TEXT,
    name TEXT NOT NULL,
    latest_version TEXT,
    published BIGINT,
    repository_id BIGINT REFERENCES repository (id) ON DELETE SET NULL,
    -- ETag or Last-Modified of its answer.
    validator TEXT,
    last_check BIGINT NOT NULL
);

-- What repositories say of the exact artifact of a package URL; `hashes` is JSON, without one none
-- has been found.
CREATE TABLE package_artifact (
    id {{id}},
    purl TEXT NOT NULL UNIQUE,
    hashes TEXT,
    published BIGINT,
    resolved_from TEXT,
    last_check BIGINT NOT NULL
);

CREATE INDEX component_purl ON component (purl);

-- Values that extensions refer to by name; sealed.
CREATE TABLE secret (
    id {{id}},
    name TEXT NOT NULL UNIQUE,
    description TEXT,
    value TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- Which secret properties have the value of which secret.
CREATE TABLE secret_use (
    group_name TEXT NOT NULL,
    property TEXT NOT NULL,
    secret TEXT NOT NULL REFERENCES secret (name) ON DELETE CASCADE,
    PRIMARY KEY (group_name, property)
);
