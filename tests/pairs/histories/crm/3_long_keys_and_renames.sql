-- renamed table: public.accounts -> public.companies
-- renamed column: public.accounts.owner -> public.companies.kept_by
-- renamed column: public.deals.number -> public.deals.position
-- renamed column: public.contacts.last -> public.contacts.surname
ALTER TABLE accounts RENAME TO companies;
ALTER SEQUENCE accounts_id_seq RENAME TO companies_id_seq;
ALTER TABLE companies RENAME owner TO kept_by;
ALTER TABLE deals RENAME number TO position;
ALTER TABLE contacts RENAME last TO surname;
ALTER TABLE contacts ALTER account_id TYPE bigint;
ALTER TABLE deals ALTER account_id TYPE bigint;
ALTER TABLE notes ALTER account_id TYPE bigint;
ALTER TABLE companies ALTER id TYPE bigint;
ALTER TABLE companies ALTER website TYPE text;
ALTER TABLE deals ADD currency char(3) NOT NULL DEFAULT 'EUR';
ALTER TABLE notes ADD author integer REFERENCES contacts ON DELETE SET NULL;
CREATE INDEX ON notes (author);
