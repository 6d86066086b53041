-- renamed table: public.workers -> public.agents
-- renamed column: public.workers.name -> public.agents.host
-- renamed column: public.jobs.worker -> public.jobs.agent
ALTER TABLE workers RENAME TO agents;
ALTER TABLE agents RENAME name TO host;
ALTER TABLE jobs RENAME worker TO agent;
ALTER TABLE jobs ADD COLUMN priority integer NOT NULL DEFAULT 0;
DROP INDEX jobs_active;
CREATE INDEX jobs_active ON jobs (priority DESC, id) WHERE state = 'queued';
ALTER TABLE agents ADD COLUMN states state[] NOT NULL DEFAULT '{queued}';
