CREATE TYPE status AS ENUM ('open', 'in progress', 'closed');
DROP INDEX issues_open;
ALTER TABLE issues DROP CONSTRAINT issues_status_check;
ALTER TABLE issues ALTER status DROP DEFAULT, ALTER status TYPE status USING status::status, ALTER status SET DEFAULT 'open';
CREATE INDEX issues_open ON issues (project_id, priority DESC) WHERE status <> 'closed';
CREATE TABLE links (source integer REFERENCES issues ON DELETE CASCADE, target integer REFERENCES issues ON DELETE CASCADE, kind text NOT NULL, PRIMARY KEY (source, target, kind), CHECK (source <> target));
