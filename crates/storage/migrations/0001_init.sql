-- Work that runs by itself. A row is written in the transaction that causes the work.
CREATE TABLE job (
    id {{id}},
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
);

CREATE INDEX job_due ON job (state, kind, run_at);

CREATE INDEX job_lane ON job (kind, lane, state, id);

CREATE INDEX job_ended ON job (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE job_schedule (
    kind TEXT NOT NULL PRIMARY KEY,
    every_ms BIGINT NOT NULL,
    last_at BIGINT,
    next_at BIGINT NOT NULL
);

-- Documents kept with the row that names them, compressed.
CREATE TABLE blob (
    id {{id}},
    body {{bytes}} NOT NULL,
    created_at BIGINT NOT NULL
);

-- Small facts about this installation: its id, keys that only the database holds.
CREATE TABLE setting (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);
