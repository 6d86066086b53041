ALTER TABLE people.staff DROP CONSTRAINT employees_department_fkey;
ALTER TABLE hr.departments DROP CONSTRAINT departments_parent_fkey;
ALTER TABLE hr.departments ALTER code TYPE varchar(12);
ALTER TABLE hr.departments ALTER parent TYPE varchar(12);
ALTER TABLE people.staff ALTER department TYPE varchar(12);
ALTER TABLE hr.departments ADD FOREIGN KEY (parent) REFERENCES hr.departments;
ALTER TABLE people.staff ADD CONSTRAINT staff_department_fkey FOREIGN KEY (department) REFERENCES hr.departments ON UPDATE CASCADE ON DELETE RESTRICT;
ALTER TABLE people.staff DROP contracts;
CREATE TABLE people.absences (person integer NOT NULL REFERENCES people.staff ON DELETE CASCADE, during daterange NOT NULL, days integer GENERATED ALWAYS AS (upper(during) - lower(during)) STORED, PRIMARY KEY (person, during));
