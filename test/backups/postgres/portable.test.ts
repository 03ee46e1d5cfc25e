/** Tests what other versions' servers do not understand; `npm run test:postgres` runs it on real ones. */
import { describe, expect, test } from 'vitest'
import { adaptToServer, toPortableSql } from '#backups/postgres/portable'

const entry = (type: string, sql: string) => `--\n-- Name: x; Type: ${type}; Schema: -; Owner: me\n--\n\n${sql}\n\n`
const subscription = (options: string) =>
  entry(
    'SUBSCRIPTION',
    `CREATE SUBSCRIPTION s CONNECTION 'dbname=x WITH (connect = false, slot_name = NONE, run_as_owner = true);\n' PUBLICATION p WITH (connect = false, slot_name = 's'${options});\n\n\nALTER SUBSCRIPTION s OWNER TO me;`,
  )
const identity = (persistence: string) =>
  entry(
    'SEQUENCE',
    `ALTER TABLE public.t ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (\n    SEQUENCE NAME public.t_id_seq\n${persistence}    START WITH 1\n);`,
  )

test('servers before 17 are not sent a setting that they lack', () => {
  const sql = 'SET lock_timeout = 0;\nSET transaction_timeout = 0;\nSET row_security = off;\n'
  expect(toPortableSql(sql, 17)).toBe(sql)
  expect(toPortableSql(sql, 16)).toBe('SET lock_timeout = 0;\nSET row_security = off;\n')
})

describe("a subscription's options", () => {
  const written = subscription(', streaming = off, run_as_owner = true, synchronous_commit = local')
  test.each([
    [16, written],
    [15, subscription(', streaming = off, synchronous_commit = local')],
    [14, subscription(', streaming = off, synchronous_commit = local')],
    [13, subscription(', synchronous_commit = local')],
  ])('contain only those that Postgres %i supports', (major, known) => {
    expect(toPortableSql(written, major)).toBe(known)
  })

  test.each([
    [13, 13, ', origin = none', ', origin = none'],
    [13, 15, ', synchronous_commit = local', ', streaming = off, synchronous_commit = local'],
    [13, 18, '', ', streaming = off, run_as_owner = true'],
    [
      14,
      17,
      ', streaming = off, synchronous_commit = local',
      ', streaming = off, run_as_owner = true, synchronous_commit = local',
    ],
    [15, 16, ', streaming = off, run_as_owner = true', ', streaming = off, run_as_owner = true'], // written by an older Hunter
    [16, 18, ', streaming = off', ', streaming = off'],
    [16, 15, ', run_as_owner = true', ''],
  ])('gain from %i to %i the value that was the only behaviour there', (source, target, written, fitted) => {
    expect(adaptToServer(subscription(written), { source, target })).toBe(subscription(fitted))
  })

  test('stay unchanged in text that pg_dump did not write', () => {
    const odd = entry('SUBSCRIPTION', `CREATE SUBSCRIPTION s;`) + entry('TABLE', 'CREATE TABLE t (a int);')
    expect(adaptToServer(odd, { source: 13, target: 18 })).toBe(odd)
  })
})

test('servers before 15 are not sent the persistence of an identity', () => {
  expect(toPortableSql(identity('    LOGGED\n'), 15)).toBe(identity('    LOGGED\n'))
  expect(toPortableSql(identity('    LOGGED\n'), 14)).toBe(identity(''))
  expect(toPortableSql(identity('    UNLOGGED\n'), 13)).toBe(identity(''))
})

describe('an inherited column that is not null', () => {
  const table = (body: string, more = '') =>
    entry(
      'TABLE',
      `CREATE TABLE public.child (\n${body})\nINHERITS (public.parent);\n\n\nALTER TABLE public.child OWNER TO me;`,
    ) + more
  const setNotNull = (column: string) => `ALTER TABLE ONLY public.child ALTER COLUMN ${column} SET NOT NULL;\n\n\n`

  test.each([
    ['alone', '    NOT NULL b\n', '\n', ['b']],
    ['first', '    CONSTRAINT n NOT NULL "B c",\n    own integer\n', '    own integer\n', ['"B c"']],
    ['last', '    own integer NOT NULL,\n    NOT NULL b NO INHERIT\n', '    own integer NOT NULL\n', ['b']],
    [
      'among others',
      '    own integer,\n    NOT NULL b,\n    CONSTRAINT "x y" NOT NULL c,\n    CONSTRAINT k CHECK ((own > 0))\n',
      '    own integer,\n    CONSTRAINT k CHECK ((own > 0))\n',
      ['b', 'c'],
    ],
  ])('%s: servers before 18 get a statement of its own', (_where, written, known, columns) => {
    const next = entry('VIEW', 'CREATE VIEW v AS SELECT 1;')
    expect(toPortableSql(table(written, next), 18)).toBe(table(written, next))
    expect(toPortableSql(table(written, next), 17)).toBe(
      `${table(known).trimEnd()}\n\n\n${columns.map(setNotNull).join('')}${next}`,
    )
  })

  test('stays unchanged in a table without a parent', () => {
    const sql = entry('FUNCTION', 'CREATE FUNCTION f() AS $$\n    NOT NULL b\n$$;') + table('    own integer\n')
    expect(toPortableSql(sql, 13)).toBe(sql)
  })
})
