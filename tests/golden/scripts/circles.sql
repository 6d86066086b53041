-- circles

SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;

-- Tables

CREATE TABLE public.departments (
    id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    head_id bigint,
    CONSTRAINT departments_pkey PRIMARY KEY (id)
);

CREATE TABLE public.employees (
    id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    boss_id bigint,
    department_id bigint NOT NULL,
    CONSTRAINT employees_pkey PRIMARY KEY (id)
);

-- Foreign keys

ALTER TABLE public.departments
    ADD CONSTRAINT departments_head_id_fkey
    FOREIGN KEY (head_id)
    REFERENCES public.employees (id)
    DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE public.employees
    ADD CONSTRAINT employees_boss_id_fkey
    FOREIGN KEY (boss_id)
    REFERENCES public.employees (id)
    ON DELETE SET NULL;

ALTER TABLE public.employees
    ADD CONSTRAINT employees_department_id_fkey
    FOREIGN KEY (department_id)
    REFERENCES public.departments (id)
    ON DELETE RESTRICT;
