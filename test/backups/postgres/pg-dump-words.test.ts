import { expect, test } from 'vitest'
import { runPgDump } from '#backups/postgres/pg-dump'
import { extractPgDumpMessages } from '#backups/postgres/pg-dump-words'
import { serverUrl } from '../../support/postgres.ts'

test("a failure of pg_dump is told in its own words, and not in its wrapper's", async () => {
  const failing = runPgDump(serverUrl(), ['--section=pre-data', '--snapshot=none'])
  await expect(failing).rejects.toThrow(
    /^pg_dump: error: query failed: ERROR: {2}invalid snapshot identifier: "none"\npg_dump: detail: Query was: SET TRANSACTION SNAPSHOT 'none'$/,
  )
})

test('a failure without its words is left as it is', () => {
  expect(extractPgDumpMessages('out of memory')).toBe('out of memory')
})
