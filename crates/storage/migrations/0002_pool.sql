-- Jobs of one pool share a limit: runs against one integration, for instance.
ALTER TABLE job ADD COLUMN pool TEXT;

CREATE INDEX job_pool ON job (kind, pool, state);
