CREATE TABLE user_account (
    id {{id}},
    username TEXT NOT NULL UNIQUE,
    full_name TEXT,
    email TEXT,
    password_hash TEXT NOT NULL,
    last_password_change BIGINT NOT NULL,
    suspended BOOLEAN NOT NULL,
    force_password_change BOOLEAN NOT NULL,
    non_expiry_password BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE team (
    id {{id}},
    uuid TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE INDEX team_name ON team (name);

CREATE TABLE team_member (
    team_id BIGINT NOT NULL REFERENCES team (id) ON DELETE CASCADE,
    user_id BIGINT NOT NULL REFERENCES user_account (id) ON DELETE CASCADE,
    PRIMARY KEY (team_id, user_id)
);

CREATE INDEX team_member_user ON team_member (user_id);

CREATE TABLE team_permission (
    team_id BIGINT NOT NULL REFERENCES team (id) ON DELETE CASCADE,
    permission TEXT NOT NULL,
    PRIMARY KEY (team_id, permission)
);

CREATE TABLE user_permission (
    user_id BIGINT NOT NULL REFERENCES user_account (id) ON DELETE CASCADE,
    permission TEXT NOT NULL,
    PRIMARY KEY (user_id, permission)
);

-- A key belongs to a team of the analyzer, or to a company of the platform (company_id and role).
CREATE TABLE api_key (
    id {{id}},
    public_id TEXT NOT NULL UNIQUE,
    secret_hash TEXT NOT NULL,
    prefix TEXT NOT NULL,
    team_id BIGINT REFERENCES team (id) ON DELETE CASCADE,
    company_id BIGINT,
    role TEXT,
    comment TEXT,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT,
    revoked_at BIGINT
);

CREATE INDEX api_key_team ON api_key (team_id);

CREATE INDEX api_key_company ON api_key (company_id);
