-- renamed table: public.pages -> content.pages
-- renamed table: public.revisions -> content.versions
-- renamed column: public.revisions.number -> content.versions.version
ALTER TABLE pages SET SCHEMA content;
ALTER TABLE revisions SET SCHEMA content;
ALTER TABLE content.revisions RENAME TO versions;
ALTER TABLE content.versions RENAME number TO version;
ALTER TYPE content.visibility ADD VALUE 'team' AFTER 'public';
ALTER TABLE attachments ALTER content DROP NOT NULL, ADD COLUMN size bigint GENERATED ALWAYS AS (length(content)) STORED;
