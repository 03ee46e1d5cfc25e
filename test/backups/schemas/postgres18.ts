/** Features of Postgres 18 alone. */
export const POSTGRES_18 = String.raw`
CREATE EXTENSION btree_gist;
CREATE TABLE virtual (a int, twice int GENERATED ALWAYS AS (a * 2) VIRTUAL, b text, stored text GENERATED ALWAYS AS (b || '!') STORED);
INSERT INTO virtual (a, b) VALUES (1, 'x'), (NULL, NULL);
CREATE TABLE only_virtual (one int GENERATED ALWAYS AS (1) VIRTUAL); INSERT INTO only_virtual DEFAULT VALUES;
CREATE TABLE periods (id int, valid daterange, PRIMARY KEY (id, valid WITHOUT OVERLAPS));
CREATE TABLE refers (id int, valid daterange, FOREIGN KEY (id, PERIOD valid) REFERENCES periods (id, PERIOD valid));
INSERT INTO periods VALUES (1, '[2026-01-01,2027-01-01)'); INSERT INTO refers VALUES (1, '[2026-02-01,2026-03-01)');
CREATE TABLE loose (a int, b int); INSERT INTO loose VALUES (NULL, 1);
ALTER TABLE loose ADD CONSTRAINT a_there NOT NULL a NOT VALID, ADD CONSTRAINT b_positive CHECK (b > 0) NOT ENFORCED;
CREATE COLLATION plain (provider = builtin, locale = 'C.UTF-8'); CREATE TABLE collated (t text COLLATE plain PRIMARY KEY); INSERT INTO collated VALUES ('ş');
`

/** An extension with tables that its users write to; `FILES` install it on a server. */
export const CONFIGURED_FILES = {
  'configured.control': `default_version = '1.0'\nrelocatable = false\nschema = configured\n`,
  'configured--1.0.sql': String.raw`
CREATE TABLE b_zone (id int PRIMARY KEY, name text, built_in bool DEFAULT false);
CREATE TABLE a_rule (id serial PRIMARY KEY, zone int REFERENCES b_zone);
CREATE TABLE c_cache (a int);
INSERT INTO b_zone VALUES (1, 'made by the extension', true);
INSERT INTO c_cache VALUES (1);
SELECT pg_catalog.pg_extension_config_dump('b_zone', 'WHERE NOT built_in');
SELECT pg_catalog.pg_extension_config_dump('a_rule', '');
SELECT pg_catalog.pg_extension_config_dump('a_rule_id_seq', '');
`,
}
export const CONFIGURED = String.raw`
CREATE SCHEMA configured; CREATE EXTENSION configured;
INSERT INTO configured.b_zone VALUES (7, 'own'), (8, E'two\nlines'); INSERT INTO configured.a_rule (zone) VALUES (7), (8), (1);
INSERT INTO configured.c_cache VALUES (2);
CREATE TABLE own (rule int REFERENCES configured.a_rule); INSERT INTO own VALUES (2);
`
