import { expect, test } from 'vitest'
import { splitBatches } from '#backups/restore/sql-batches'

const entry = (n: number, sql: string) =>
  `--\n-- Name: t${n}; Type: TABLE; Schema: public; Owner: me\n--\n\n${sql}\n\n\n`
const entries = (count: number, sql: (n: number) => string) =>
  `SET lock_timeout = 0;\n\n${Array.from({ length: count }, (_, n) => entry(n, sql(n))).join('')}`

test('splits definitions before entries, without loss', () => {
  const sql = entries(450, (n) => `CREATE TABLE public.t${n} (a int);`)
  const batches = splitBatches('pre-data', sql)
  expect(batches.join('')).toBe(sql)
  expect(batches.map((batch) => batch.split('CREATE TABLE').length - 1)).toEqual([0, 200, 200, 50])
  expect(batches.slice(1).every((batch) => batch.startsWith('--\n-- Name: '))).toBe(true)
})

test.each([
  ['a body in dollars', (inside: string) => `CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $_$${inside}$_$;`],
  ['a text', (inside: string) => `COMMENT ON TABLE public.t IS 'it''s ${inside}';`],
  ['a name', (inside: string) => `CREATE TABLE public."a ""${inside}" (a int);`],
  ['a text with backslashes', (inside: string) => `SELECT E'it\\'s ${inside}';`],
  ['a comment', (inside: string) => `CREATE VIEW v AS SELECT 1 /* ${inside} */;`],
])('never splits in %s that imitates an entry', (_what, statement) => {
  const imitation = `\n${entry(0, 'SELECT 1;')}`
  const sql = entries(401, () => statement(imitation))
  const batches = splitBatches('post-data', sql)
  expect(batches.join('')).toBe(sql)
  expect(batches.map((batch) => batch.split(statement(imitation)).length - 1)).toEqual([0, 200, 200, 1])
})

test('splits the values of sequences between statements, whatever their names', () => {
  const statement = (n: number) => `SELECT pg_catalog.setval('public."s;\n${n}"', 1, true);\n`
  const sql = Array.from({ length: 300 }, (_, n) => statement(n)).join('')
  const batches = splitBatches('sequences', sql)
  expect(batches.join('')).toBe(sql)
  expect(batches.map((batch) => batch.split(');\n').length - 1)).toEqual([1, 200, 99])
  expect(splitBatches('large-objects', sql)).toEqual([sql])
})
