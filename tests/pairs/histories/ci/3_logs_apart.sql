CREATE TABLE logs (job_id bigint REFERENCES jobs ON DELETE CASCADE, part integer, content text NOT NULL, PRIMARY KEY (job_id, part));
ALTER TABLE jobs DROP COLUMN log;
ALTER TABLE builds ADD COLUMN duration interval GENERATED ALWAYS AS (ended_at - started_at) STORED;
ALTER TABLE builds ALTER commit TYPE text;
ALTER TABLE builds ADD CHECK (commit ~ '^[0-9a-f]*$');
CREATE TABLE secrets (repository_id bigint REFERENCES repositories, name text, value bytea NOT NULL, PRIMARY KEY (repository_id, name));
CREATE INDEX ON builds (repository_id, started_at DESC);
