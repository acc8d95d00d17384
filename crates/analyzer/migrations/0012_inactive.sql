-- When a project was made inactive, in milliseconds.
ALTER TABLE project ADD COLUMN inactive_since BIGINT;
