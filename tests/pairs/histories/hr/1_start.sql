CREATE SCHEMA hr;
CREATE TYPE hr.contract AS ENUM ('full', 'part', 'intern');
CREATE TABLE hr.departments (code char(4) PRIMARY KEY, name text NOT NULL, parent char(4) REFERENCES hr.departments DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE hr.employees (number integer PRIMARY KEY, department char(4) NOT NULL REFERENCES hr.departments ON UPDATE CASCADE, name text NOT NULL, born date CHECK (born > '1900-01-01'), contract hr.contract NOT NULL DEFAULT 'full', contracts hr.contract[] NOT NULL DEFAULT '{full}', hours smallint NOT NULL DEFAULT 40, boss integer REFERENCES hr.employees);
CREATE TABLE hr.salaries (employee integer REFERENCES hr.employees, since date, until date, amount numeric(12,2) NOT NULL, PRIMARY KEY (employee, since), CHECK (until IS NULL OR until > since));
CREATE INDEX ON hr.employees (department, contract);
CREATE INDEX employees_interns ON hr.employees (number) WHERE contract = 'intern'::hr.contract;
