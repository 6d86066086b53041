-- before
CREATE TABLE t (id integer PRIMARY KEY, a integer DEFAULT 1, b text DEFAULT 'a''b', c timestamptz DEFAULT now(), d boolean DEFAULT true,
    e jsonb DEFAULT '{"a": 1}', f text[] DEFAULT '{}', g numeric(10,2) DEFAULT 0.50, h date DEFAULT CURRENT_DATE, i interval DEFAULT '1 day', j integer);
-- after
CREATE TABLE t (id integer PRIMARY KEY, a integer DEFAULT (1 + 2) * 3, b text DEFAULT E'tab\tline\nend', c timestamptz DEFAULT CURRENT_TIMESTAMP - interval '1 hour', d boolean DEFAULT false,
    e jsonb DEFAULT '[]', f text[] DEFAULT ARRAY['x', 'y'], g numeric(10,2) DEFAULT -1, h date DEFAULT '2020-01-01', i interval, j integer DEFAULT 7);
