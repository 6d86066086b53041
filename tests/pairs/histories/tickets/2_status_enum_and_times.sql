DROP INDEX tickets_by_status;
ALTER TABLE tickets DROP CONSTRAINT tickets_status_check;
CREATE TYPE ticket_status AS ENUM ('open', 'doing', 'done');
ALTER TABLE tickets ALTER status DROP DEFAULT, ALTER status TYPE ticket_status USING status::ticket_status, ALTER status SET DEFAULT 'open';
CREATE INDEX tickets_by_status ON tickets (status, priority DESC) WHERE status <> 'done';
ALTER TABLE tickets ALTER created TYPE timestamptz USING created AT TIME ZONE 'UTC';
ALTER TABLE comments ALTER at TYPE timestamptz USING at AT TIME ZONE 'UTC';
ALTER TABLE tickets ALTER payload TYPE jsonb;
ALTER TABLE comments ALTER id ADD GENERATED ALWAYS AS IDENTITY;
