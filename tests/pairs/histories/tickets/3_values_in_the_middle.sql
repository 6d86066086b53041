ALTER TYPE ticket_status ADD VALUE 'review' BEFORE 'done';
ALTER TYPE ticket_status ADD VALUE 'backlog' BEFORE 'open';
ALTER TYPE ticket_status ADD VALUE 'rejected';
ALTER TABLE tickets ADD labels text[] NOT NULL DEFAULT '{}';
CREATE INDEX ON tickets USING gin (labels);
CREATE INDEX ON tickets USING gin (payload jsonb_path_ops);
DROP INDEX tickets_payload_idx;
ALTER TABLE tickets ADD search tsvector GENERATED ALWAYS AS (to_tsvector('simple', title)) STORED;
CREATE INDEX tickets_search ON tickets USING gin (search);
