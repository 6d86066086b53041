CREATE TYPE state AS ENUM ('queued', 'running', 'ok', 'error');
CREATE TABLE repositories (id bigint PRIMARY KEY, owner text NOT NULL, name text NOT NULL, UNIQUE (owner, name));
CREATE TABLE builds (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, repository_id bigint NOT NULL REFERENCES repositories, number integer NOT NULL, state state NOT NULL DEFAULT 'queued', commit char(40) NOT NULL, started_at timestamptz, ended_at timestamptz, CHECK (ended_at >= started_at), UNIQUE (repository_id, number));
CREATE TABLE jobs (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, build_id bigint NOT NULL REFERENCES builds ON DELETE CASCADE, name text NOT NULL, state state NOT NULL DEFAULT 'queued', log text);
CREATE TABLE workers (name text PRIMARY KEY, seen_at timestamptz NOT NULL DEFAULT now(), tags text[] NOT NULL DEFAULT ARRAY[]::text[]);
CREATE INDEX builds_waiting ON builds (id) WHERE state = 'queued';
CREATE INDEX jobs_active ON jobs (state, id) WHERE state IN ('queued', 'running');
