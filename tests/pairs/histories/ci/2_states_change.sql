-- renamed value: public.state ok -> passed
-- renamed value: public.state error -> failed
ALTER TYPE state RENAME VALUE 'ok' TO 'passed';
ALTER TYPE state RENAME VALUE 'error' TO 'failed';
ALTER TYPE state ADD VALUE 'cancelled';
ALTER TABLE jobs ADD COLUMN worker text REFERENCES workers ON UPDATE CASCADE ON DELETE SET NULL;
ALTER TABLE jobs ADD COLUMN attempt smallint NOT NULL DEFAULT 1;
