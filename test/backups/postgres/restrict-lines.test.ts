import { expect, test } from 'vitest'
import { dumpDdl } from '#backups/postgres/pg-dump'
import { hideRestrict, revealRestrict, revealRestrictIn } from '#backups/postgres/restrict-lines'
import { createTestDatabase } from '../../support/postgres.ts'
import { withClient } from '../fixtures.ts'

const TEXT = 'a\n\\restrict x\n\\UnRestrict\n\\unrestrict\nrestrict \\RESTRICT ğ'

test('a hidden line is restored unchanged, and hiding never changes its length', () => {
  const hidden = hideRestrict(Buffer.from(TEXT))
  expect(hidden.toString()).not.toMatch(/\\(un)?restrict/i)
  expect(hidden).toHaveLength(Buffer.byteLength(TEXT))
  expect(revealRestrictIn(hidden.toString())).toBe(TEXT)
  expect(revealRestrict(hidden).toString()).toBe(TEXT)
})

test('a placeholder that could not be restored is an error', () => {
  expect(() => hideRestrict(Buffer.from('\\restr!ct'))).toThrow('placeholder for')
})

test('lines in bodies, comments, names and defaults that look like psql commands stay', async () => {
  const database = await createTestDatabase()
  try {
    await withClient(database.url, (client) =>
      client.query(`
        CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$ SELECT '
\\restrict in a body
\\UNRESTRICT' $$;
        CREATE TABLE "t
\\restrict" (a text DEFAULT E'\\n\\\\unrestrict me');
        COMMENT ON TABLE "t
\\restrict" IS '
\\restrict in a comment'`),
    )
    const { preData } = await dumpDdl(database.url)
    for (const line of ['\\restrict in a body', "\\UNRESTRICT' $$;", '\\restrict in a comment', '\\unrestrict me']) {
      expect(preData).toContain(line)
    }
    expect(preData).toContain('CREATE TABLE public."t\n\\restrict" (')
    expect(preData).not.toMatch(/^\\restrict [A-Za-z0-9]{20,}$/m) // pg_dump's own line is still removed
  } finally {
    await database.drop()
  }
})

test('a definition that contains the placeholder fails the dump', async () => {
  const database = await createTestDatabase()
  try {
    await withClient(database.url, (client) => client.query("CREATE TABLE t (); COMMENT ON TABLE t IS '\\restr!ct'"))
    await expect(dumpDdl(database.url)).rejects.toThrow('placeholder for')
  } finally {
    await database.drop()
  }
})
