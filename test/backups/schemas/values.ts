/** Values that change when they are written or read under other settings, cut, or unescaped once too often. */
export const VALUES = String.raw`
CREATE TABLE dates (
  id int PRIMARY KEY, d date, t time, tz timetz, ts timestamp, tstz timestamptz, i interval, tr tstzrange, dm datemultirange
);
INSERT INTO dates VALUES
  (1, '2026-02-01', '24:00', '23:59:59.999999+15:59', '2026-03-02 01:02:03.000001', '2026-03-29 02:30+02', '-1 mon +2 days -03:04:05.678', '[2026-01-01 00:00+03,)', '{[2026-01-01,2026-02-03),[2027-01-01,)}'),
  (2, 'infinity', '00:00', '00:00-12', 'infinity', '-infinity', '178000000 years', 'empty', '{}'),
  (3, '0044-03-15 BC', '12:34:56.7', '12:00+05:30', '4713-01-01 00:00 BC', '0001-01-01 00:00+00 BC', '1 year -1 month', '(,)', NULL),
  (4, '5874897-12-31', NULL, NULL, '294276-12-31 23:59:59.999999', '2026-10-25 01:30+00', '0', NULL, NULL),
  (5, '12-11-10', NULL, NULL, '2026-11-12 13:14:15', '1890-01-01 00:00+02', '@ 3 days 4 hours ago', NULL, NULL);
CREATE TABLE numbers (f8 float8, f4 float4, n numeric, m money, big bigint, small smallint, o oid);
INSERT INTO numbers VALUES
  ('NaN', '-Infinity', 'NaN', '$1,234.56', 9223372036854775807, -32768, 4294967295),
  ('Infinity', 'NaN', 'Infinity', '-$0.01', -9223372036854775808, 32767, 0),
  (0.1::float8 + 0.2::float8, 1e-45, '-Infinity', '$92233720368547758.07', 0, 0, 1),
  ('-0', '-0', 0.000000000000000000001000, NULL, NULL, NULL, NULL),
  (5e-324, 3.4028235e38, 1e1000, NULL, NULL, NULL, NULL),
  (1.7976931348623157e308, 16777217, 123456789012345678901234567890.123456789, NULL, NULL, NULL, NULL);
CREATE TABLE texts (id serial, t text, v varchar(5), c char(5), q "char", n name, b bytea, bits bit(5), vb varbit);
INSERT INTO texts (t, v, c, q, n, b, bits, vb) VALUES
  ('', '', '', '', '', '', B'00000', B''),
  (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  ('\N', '\N', '\N', '\', '\N', '\x5c4e', B'10101', B'1'),
  (E'\\.', E'\\.\n', 'a  ', E'\\377', E'\t', '\x000a0d095c2e', B'11111', B'101'),
  (E'tab\t newline\n return\r both\r\n backslash \\ bell\x07 escape\x1b del\x7f', E'\r\n', ' x ', 'c', '"', '\xffd8ff00', B'01010', NULL),
  (E'\\x41 \\101 \\n \\\\N', 'ğüşİı', '日本', NULL, 'naïve', NULL, NULL, NULL),
  ('🦊 ' || chr(65533) || chr(8232) || chr(1114111) || ' é é', NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  (E'\\restrict here\n\\unrestrict\nCOPY x FROM stdin;\n-- Name: a; Type: TABLE; Schema: b; Owner: c', NULL, NULL, NULL, NULL, NULL, NULL, NULL);
CREATE TABLE composed (
  j json, jb jsonb, a int[], a2 int[][], lower_bound int[], ta text[], x xml, u uuid, h inet, cidr cidr, mac macaddr8,
  tv tsvector, tq tsquery, p point, poly polygon, circle circle, l line, path path, ir int4range, nm nummultirange, lsn pg_lsn, snap pg_snapshot
);
INSERT INTO composed VALUES
  ('{"b" :1,  "a": [1.0, null, "\u0131\ud83e\udd8a"], "b": 2}', '{"a": [1, null, "\u0131"], "n": 1e400, "s": "\\ \" \n"}', '{1,NULL,3}', '{{1,2},{3,NULL}}', '[5:6]={1,2}',
   ARRAY['', NULL, 'NULL', '"', '\', '{a,b}', E'\n', ' '], '<?xml version="1.0"?><a b="c">&amp;</a>', '6f1c1d0e-0000-4000-8000-000000000001', '10.0.0.1/8', '10.0.0.0/8',
   '08:00:2b:01:02:03:04:05', 'a fat cat', 'fat & (rat | !cat)', '(1.5,-2)', '((0,0),(1,1),(1,0))', '<(0,0),1e-10>', '{1,-1,0}', '[(0,0),(1,1)]', '[1,10)', '{[1.5,2),(3,]}', '16/B374D848', '10:20:10,14,15'),
  ('null', 'null', '{}', '{}', '[-1:0]={7,8}', '{}', 'just text <b/>', NULL, '::ffff:1.2.3.4/96', '::/0', NULL, '''it''''s'':3A', '''two words'':*', 'NaN,inf', NULL, NULL, NULL, '((1,2))', 'empty', '{}', '0/0', NULL);
CREATE TABLE long_values (id int, compressed text, external text);
ALTER TABLE long_values ALTER external SET STORAGE EXTERNAL;
INSERT INTO long_values SELECT n, repeat(md5(n::text), 20000), repeat(md5((-n)::text), 9000) FROM generate_series(1, 3) n;
DELETE FROM dates WHERE id = 2;
UPDATE dates SET id = 2 WHERE id = 1;
`

/** Session defaults as traps: none of them may affect the file. */
export const VALUE_TRAPS = [
  `DateStyle TO 'SQL, DMY'`,
  `IntervalStyle TO 'sql_standard'`,
  `TimeZone TO 'Asia/Kolkata'`,
  `extra_float_digits TO 0`,
  `bytea_output TO 'escape'`,
  `search_path TO pg_temp, public`,
  `standard_conforming_strings TO off`,
  `statement_timeout TO 1`,
  `synchronize_seqscans TO on`,
  `default_transaction_read_only TO off`,
  `xmloption TO document`,
  `client_encoding TO LATIN1`,
  `array_nulls TO off`,
  `transform_null_equals TO on`,
  `quote_all_identifiers TO on`,
  `default_transaction_isolation TO serializable`,
  `default_transaction_deferrable TO on`,
  `lock_timeout TO 1`,
  `idle_in_transaction_session_timeout TO 1`,
  `session_replication_role TO replica`,
  `row_security TO on`,
  `check_function_bodies TO on`,
]

/** Another encoding: each of its characters has other bytes in the file. */
export const LATIN1 = String.raw`
CREATE TABLE "straße" ("größe" text DEFAULT 'Ä');
INSERT INTO "straße" VALUES ('naïve café ÿ'), (NULL), ('plain');
COMMENT ON TABLE "straße" IS 'Länge × Breite';
`
