-- renamed value: hr.contract part -> part_time
-- renamed value: hr.contract full -> full_time
ALTER TYPE hr.contract RENAME VALUE 'part' TO 'part_time';
ALTER TYPE hr.contract RENAME VALUE 'full' TO 'full_time';
ALTER TYPE hr.contract ADD VALUE 'freelance' BEFORE 'intern';
ALTER TABLE hr.employees ALTER hours TYPE numeric(4,1);
ALTER TABLE hr.employees ADD share numeric GENERATED ALWAYS AS (round(hours / 40, 2)) STORED;
ALTER TABLE hr.employees ALTER born TYPE timestamp;
ALTER TABLE hr.salaries ADD currency char(3);
ALTER TABLE hr.salaries ADD CONSTRAINT known CHECK (currency IN ('EUR', 'USD', 'CHF'));
