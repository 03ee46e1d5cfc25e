/**
 * Definitions that pg_dump prints differently once they were loaded from its own output: objects that hold an expression
 * (lists of varchar, BETWEEN beside AND); children whose columns are in another order; sequences of another type than
 * their identity column; rights that a later version adds to.
 */
interface Kind {
  sql: string
  /** First version that knows it. */
  since?: number
}

const EXPRESSIONS: Kind[] = [
  {
    sql: `CREATE TABLE orders (id int PRIMARY KEY, status varchar(20) CHECK (status IN ('new', 'paid')), a int, b int, n numeric,
      CONSTRAINT between_and CHECK (a BETWEEN 1 AND 5 AND b > 0),
      CONSTRAINT nested CHECK ((a > 0 AND b > 0) AND (n > 0 OR (a = 1 OR b = 2))),
      CONSTRAINT none_of CHECK (status NOT IN ('x', 'y') AND coalesce(status, 'new') IN ('new', 'paid')));
    INSERT INTO orders VALUES (1, 'new', 1, 1, 1), (2, 'paid', 5, 2, 0.5)`,
  },
  { sql: `ALTER TABLE orders ADD CONSTRAINT not_yet CHECK (status IN ('new', 'paid')) NOT VALID` },
  {
    sql: `CREATE DOMAIN state AS varchar(10) CHECK (VALUE IN ('on', 'off')) CHECK (length(VALUE) BETWEEN 1 AND 3 AND VALUE <> '')`,
  },
  { sql: `CREATE INDEX open_orders ON orders (a) WHERE status IN ('new', 'paid') AND a BETWEEN 1 AND 5` },
  {
    sql: `CREATE INDEX is_open ON orders ((status IN ('new', 'paid')), (CASE WHEN a BETWEEN 1 AND 5 AND b > 0 THEN 1 ELSE 2 END))`,
  },
  { sql: `CREATE STATISTICS of_states ON (status IN ('new', 'paid')), a FROM orders`, since: 14 },
  {
    sql: `CREATE VIEW open AS SELECT *, status IN ('new') AS is_new FROM orders WHERE status IN ('new', 'paid') AND a BETWEEN 1 AND 5 AND b > 0`,
  },
  {
    sql: `CREATE VIEW counted AS WITH o AS (SELECT * FROM orders o WHERE o.status IN ('new', 'paid')) SELECT o.status, count(*) FILTER (WHERE status IN ('new', 'x')) FROM o GROUP BY status HAVING status IN ('new', 'paid')`,
  },
  {
    sql: `CREATE MATERIALIZED VIEW kept AS SELECT status, a FROM orders WHERE status IN ('new', 'paid');\nCREATE INDEX kept_open ON kept (a) WHERE status IN ('new', 'paid')`,
  },
  {
    sql: `ALTER TABLE orders ENABLE ROW LEVEL SECURITY;\nCREATE POLICY mine ON orders USING (status IN ('new', 'paid')) WITH CHECK (a BETWEEN 1 AND 5 AND b > 0)`,
  },
  {
    sql: `CREATE RULE also AS ON UPDATE TO orders WHERE new.status IN ('new', 'paid') DO ALSO DELETE FROM orders WHERE status IN ('x', 'y')`,
  },
  {
    sql: `CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';\nCREATE TRIGGER seen BEFORE UPDATE ON orders FOR EACH ROW WHEN (new.status IN ('new', 'paid') AND new.a BETWEEN 1 AND old.a AND new.b > 0) EXECUTE FUNCTION nothing()`,
  },
  {
    sql: `CREATE TABLE computed (s varchar(5), is_known bool GENERATED ALWAYS AS (s IN ('a', 'b')) STORED, d bool DEFAULT ('x'::varchar IN ('a', 'b')));\nINSERT INTO computed (s) VALUES ('a'), ('c')`,
  },
  {
    sql: `CREATE FUNCTION with_default(p bool DEFAULT ('x'::varchar IN ('a', 'b'))) RETURNS bool LANGUAGE sql AS 'SELECT p'`,
  },
  { sql: `CREATE FUNCTION of_sql(p varchar) RETURNS bool LANGUAGE sql RETURN p IN ('a', 'b')`, since: 14 },
  {
    sql: `CREATE PROCEDURE doing(p varchar) LANGUAGE sql BEGIN ATOMIC INSERT INTO computed (s) SELECT p WHERE p IN ('a', 'b'); END`,
    since: 14,
  },
  {
    sql: `CREATE TABLE parted (s varchar(5), a int) PARTITION BY RANGE ((s IN ('a', 'b')), a);\nCREATE TABLE part PARTITION OF parted (CHECK (s IN ('a', 'b', 'c'))) DEFAULT;\nINSERT INTO parted VALUES ('a', 1)`,
  },
  { sql: `CREATE TABLE apart (r int4range, s varchar(5), EXCLUDE USING gist (r WITH &&) WHERE (s IN ('a', 'b')))` },
  {
    sql: `CREATE FOREIGN DATA WRAPPER nowhere;\nCREATE SERVER far FOREIGN DATA WRAPPER nowhere;\nCREATE FOREIGN TABLE remote (s varchar(5) CHECK (s IN ('a', 'b'))) SERVER far`,
  },
  { sql: `CREATE PUBLICATION of_orders FOR TABLE orders WHERE (a BETWEEN 1 AND 5 AND id > 0)`, since: 15 },
  {
    sql: `CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq, COMMUTATOR = ===, NEGATOR = !==);\nCREATE OPERATOR !== (LEFTARG = int, RIGHTARG = int, FUNCTION = int4ne)`,
  },
]

/** No value uses their row types: another test covers that. */
const REORDERED: Kind[] = [
  {
    sql: `CREATE TABLE parent (a int, b text);\nCREATE TABLE child (own int) INHERITS (parent);\nALTER TABLE parent ADD COLUMN late date DEFAULT '2026-11-29', ADD COLUMN dropped int, ADD COLUMN twice int GENERATED ALWAYS AS (a * 2) STORED;\nALTER TABLE parent DROP COLUMN dropped`,
  },
  {
    sql: `CREATE TABLE second_parent (c int, b text);\nCREATE TABLE grandchild (z int, late date) INHERITS (child, second_parent);\nCREATE TABLE adopted (own text, b text, late date, twice int GENERATED ALWAYS AS (a * 2) STORED, a int);\nALTER TABLE adopted INHERIT parent`,
  },
  {
    sql: `CREATE TABLE inherits_loosely () INHERITS (child);\nALTER TABLE inherits_loosely ALTER own SET NOT NULL, ALTER a SET DEFAULT 7, ALTER "b" SET NOT NULL`,
  },
  {
    sql: `INSERT INTO parent (a, b) VALUES (1, 'one');\nINSERT INTO child (a, b, own) VALUES (2, 'two', 20);\nINSERT INTO grandchild (a, b, own, c, z) VALUES (3, 'three', 30, 300, 3000);\nINSERT INTO adopted (own, b, a) VALUES ('x', 'four', 4);\nINSERT INTO inherits_loosely (b, own) VALUES ('five', 50)`,
  },
  {
    sql: `CREATE TABLE days (at date, n int, s text) PARTITION BY RANGE (at);\nCREATE TABLE day (s text, gone int, at date, n int);\nALTER TABLE day DROP COLUMN gone;\nALTER TABLE days ATTACH PARTITION day DEFAULT;\nALTER TABLE days ADD COLUMN more int;\nINSERT INTO days VALUES ('2026-11-29', 1, 'x', 2)`,
  },
]

const SEQUENCES: Kind[] = [
  {
    sql: `CREATE TABLE counters (small smallint GENERATED ALWAYS AS IDENTITY, down int GENERATED BY DEFAULT AS IDENTITY (START 5 INCREMENT -2 MINVALUE -100 MAXVALUE 10 CYCLE), big bigint GENERATED ALWAYS AS IDENTITY (CACHE 7));\nCREATE TABLE like_counters (LIKE counters INCLUDING ALL);\nCREATE TABLE like_likes (LIKE like_counters INCLUDING IDENTITY)`,
  },
  {
    sql: `CREATE TABLE narrow (a int GENERATED ALWAYS AS IDENTITY, b bigint GENERATED ALWAYS AS IDENTITY (INCREMENT -1), c smallint GENERATED ALWAYS AS IDENTITY);\nALTER SEQUENCE narrow_a_seq AS smallint;\nALTER SEQUENCE narrow_b_seq AS int MINVALUE -70 START -7 RESTART;\nALTER TABLE narrow ALTER c TYPE bigint`,
  },
  { sql: `CREATE TABLE wide (a int GENERATED ALWAYS AS IDENTITY);\nALTER SEQUENCE wide_a_seq AS bigint` },
  {
    sql: `CREATE TABLE serials (s smallserial, t serial);\nALTER TABLE serials ALTER s TYPE bigint;\nALTER SEQUENCE serials_t_seq AS bigint MAXVALUE 5000000000 OWNED BY NONE`,
  },
  {
    sql: `INSERT INTO counters DEFAULT VALUES;\nINSERT INTO like_counters DEFAULT VALUES;\nINSERT INTO narrow DEFAULT VALUES;\nINSERT INTO serials DEFAULT VALUES`,
  },
  { sql: `CREATE UNLOGGED TABLE fleeting_ids (id int GENERATED ALWAYS AS IDENTITY, s serial)` },
]

/** Uses roles that exist on every server: roles of a test's own would remain. */
const RIGHTS: Kind[] = [
  { sql: `CREATE TABLE mine (a int);\nREVOKE ALL ON mine FROM CURRENT_USER` },
  {
    sql: `CREATE TABLE kept_by_me (a int, b int);\nREVOKE DELETE ON kept_by_me FROM CURRENT_USER;\nGRANT ALL ON kept_by_me TO pg_monitor WITH GRANT OPTION;\nGRANT UPDATE (a) ON kept_by_me TO PUBLIC`,
  },
  {
    sql: `CREATE TABLE given (a int);\nGRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER ON given TO pg_monitor;\nREVOKE TRUNCATE ON given FROM pg_monitor`,
  },
  {
    sql: `CREATE VIEW mine_seen AS SELECT given.a FROM given;\nREVOKE ALL ON mine_seen FROM CURRENT_USER;\nGRANT ALL ON mine_seen TO pg_monitor`,
  },
  {
    sql: `ALTER DEFAULT PRIVILEGES REVOKE INSERT ON TABLES FROM CURRENT_USER;\nALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO pg_monitor`,
  },
  {
    sql: `CREATE TABLE a_table_with_a_name_of_more_than_thirty_bytes (a_column_with_a_name_of_more_than_thirty_bytes int NOT NULL, "ığüşöç_of_more_than_thirty_bytes_too" int NOT NULL, renamed int NOT NULL);\nALTER TABLE a_table_with_a_name_of_more_than_thirty_bytes RENAME renamed TO otherwise`,
  },
]

const REPRINTED_KINDS = [...EXPRESSIONS, ...REORDERED, ...SEQUENCES, ...RIGHTS]

export function reprintedSql(major: number): string {
  return REPRINTED_KINDS.filter(({ since = 0 }) => since <= major)
    .map(({ sql }) => sql)
    .join(';\n')
}
