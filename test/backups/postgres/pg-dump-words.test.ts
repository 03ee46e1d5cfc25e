import { expect, test } from 'vitest'
import { runPgDump } from '#backups/postgres/pg-dump'
import { extractPgDumpMessages } from '#backups/postgres/pg-dump-words'
import { serverUrl } from '../../support/postgres.ts'

test('a failure of pg_dump shows its own message instead of the wrapper’s', async () => {
  const failing = runPgDump(serverUrl(), ['--section=pre-data', '--snapshot=none'])
  await expect(failing).rejects.toThrow(
    /^pg_dump: error: query failed: ERROR: {2}invalid snapshot identifier: "none"\npg_dump: detail: Query was: SET TRANSACTION SNAPSHOT 'none'$/,
  )
})

test('a failure without a message of pg_dump stays unchanged', () => {
  expect(extractPgDumpMessages('out of memory')).toBe('out of memory')
})
