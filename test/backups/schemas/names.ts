/** Names that need quotes, tables that are empty in every way, and one with as many columns as there can be. */
export const NAMES = String.raw`
CREATE SCHEMA "Odd ""schema"""; CREATE SCHEMA "select"; CREATE SCHEMA "pgx"; CREATE SCHEMA "ş.ğ";
CREATE TABLE "Odd ""schema"""."select from" ("Column, ""1""" text, "select" int, "new
line" text, "back\slash" int, "tab	" int, "$1" int, ":v" int, "'" int);
INSERT INTO "Odd ""schema"""."select from" VALUES ('\N', 1, 'ş ğ İ 🦊'), (NULL, NULL, ''), (NULL, NULL, '');
CREATE TABLE "ş.ğ"."two
lines; DROP TABLE x; --" (a int, "İ" text); INSERT INTO "ş.ğ"."two
lines; DROP TABLE x; --" VALUES (1, 'x');
CREATE TABLE "select"."table" ("from" int PRIMARY KEY, "CamelCase" int DEFAULT 3 CHECK ("CamelCase" > 0)); INSERT INTO "select"."table" VALUES (1);
CREATE TABLE "select"."Table" ("order" int REFERENCES "select"."table"); INSERT INTO "select"."Table" VALUES (1);
CREATE SEQUENCE "Odd ""schema"""."Odd seq' \ x"; SELECT nextval('"Odd ""schema"""."Odd seq'' \ x"');
CREATE TABLE aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa (bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb int);
CREATE TABLE hollow (); INSERT INTO hollow DEFAULT VALUES; INSERT INTO hollow DEFAULT VALUES; INSERT INTO hollow DEFAULT VALUES;
CREATE TABLE hollow_and_empty (); CREATE TABLE emptied (a int, b text); ALTER TABLE emptied DROP COLUMN a, DROP COLUMN b;
CREATE TABLE empty_table (a int, b text DEFAULT 'x'); CREATE TABLE all_null (a int, b text); INSERT INTO all_null VALUES (NULL, NULL), (NULL, '');
CREATE TABLE one_empty_text (t text); INSERT INTO one_empty_text VALUES (''), (''), (NULL);
DO $$ BEGIN
  EXECUTE 'CREATE TABLE wide (' || (SELECT string_agg(format('c%s smallint', n), ', ') FROM generate_series(1, 1600) n) || ')';
  EXECUTE 'INSERT INTO wide SELECT ' || (SELECT string_agg((n % 10)::text, ', ') FROM generate_series(1, 1600) n);
END $$;
INSERT INTO wide (c1600) VALUES (-1);
`

/** One row of more than 100 MB, between small ones. */
export const HUGE_ROWS = String.raw`
CREATE TABLE huge (id int, t text, b bytea);
INSERT INTO huge VALUES (1, 'before', '\x00'); INSERT INTO huge VALUES (2, repeat('0123456789', 10500000), NULL), (3, repeat(E'a\\b\n', 1000000), decode(repeat('00', 4000000), 'hex')); INSERT INTO huge VALUES (4, 'after', NULL);
`
