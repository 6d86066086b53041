-- renamed value: public.stage contacted -> qualified
DROP INDEX deals_open;
ALTER TABLE deals ALTER stage DROP DEFAULT;
ALTER TYPE stage RENAME TO stage_old;
CREATE TYPE stage AS ENUM ('lead', 'proposal', 'qualified', 'won', 'lost');
ALTER TABLE deals ALTER stage TYPE stage USING (CASE stage::text WHEN 'contacted' THEN 'qualified' ELSE stage::text END)::stage;
ALTER TABLE deals ALTER stage SET DEFAULT 'lead';
DROP TYPE stage_old;
CREATE INDEX deals_open ON deals (account_id, stage) WHERE stage <> 'lost' AND stage <> 'won';
ALTER TABLE contacts ADD full_name text GENERATED ALWAYS AS (coalesce(first || ' ', '') || last) STORED;
CREATE UNIQUE INDEX contacts_email_once ON contacts (lower(email)) WHERE email IS NOT NULL;
ALTER TABLE deals ADD CONSTRAINT closed_when_done CHECK (stage NOT IN ('won', 'lost') OR closed IS NULL OR closed > '2000-01-01');
