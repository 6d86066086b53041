-- renamed table: public.users -> public.people
-- renamed column: public.users.login -> public.people.handle
-- renamed column: public.issues.assignee -> public.issues.assigned_to
ALTER TABLE users RENAME TO people;
ALTER SEQUENCE users_id_seq RENAME TO people_id_seq;
ALTER TABLE people RENAME login TO handle;
ALTER TABLE issues RENAME assignee TO assigned_to;
ALTER TABLE people ADD COLUMN email text;
CREATE UNIQUE INDEX ON people (email) WHERE email IS NOT NULL;
ALTER TABLE projects ADD COLUMN archived_at timestamptz;
ALTER TABLE comments ADD COLUMN parent_id integer REFERENCES comments;
