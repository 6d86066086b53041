DROP INDEX visits_by_day;
ALTER TYPE visit_kind RENAME TO old_kind;
CREATE TYPE visit_kind AS ENUM ('emergency', 'control', 'first', 'phone', 'video');
ALTER TABLE visits ALTER kind DROP DEFAULT, ALTER kind TYPE visit_kind USING kind::text::visit_kind, ALTER kind SET DEFAULT 'control';
DROP TYPE old_kind;
CREATE INDEX visits_by_day ON visits (date_trunc('day', at AT TIME ZONE 'UTC'), doctor) WHERE kind <> 'phone';
ALTER TYPE sex ADD VALUE 'x';
ALTER TABLE patients ALTER weight TYPE double precision;
ALTER TABLE patients ADD age_group integer GENERATED ALWAYS AS (extract(year from born)::integer / 10) STORED;
