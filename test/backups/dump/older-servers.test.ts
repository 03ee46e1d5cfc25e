/** Tests the differences for servers older than the embedded one; `npm run test:postgres` runs them on real ones. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createBackupId } from '#backups/format/backup-id'
import { explainVersionMismatch } from '#backups/restore/version-mismatch'
import { buildPublicSchemaSql } from '#backups/dump/public-schema'
import type { RestoreTarget } from '#backups/restore/target'
import type { SourceDatabase } from '#backups/dump/source'
import { AppError } from '#platform/errors'
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts'
import { runSql, withClient } from '../fixtures.ts'
import { manifestOf } from '../made-up.ts'

describe('a right that was revoked from PUBLIC in the schema public', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await createTestDatabase()
  })
  afterAll(() => database.drop())

  const sqlFor = (serverMajor: number) =>
    withClient(database.url, (session) =>
      buildPublicSchemaSql({ session, database: { serverMajor } as SourceDatabase }),
    )

  test('is revoked in the copy of a server before 15, too, and only if it was', async () => {
    await runSql(database.url, 'GRANT CREATE ON SCHEMA public TO PUBLIC')
    expect(await sqlFor(14)).toBe('')
    await runSql(database.url, 'REVOKE CREATE ON SCHEMA public FROM PUBLIC')
    expect(await sqlFor(14)).toBe('REVOKE CREATE ON SCHEMA public FROM PUBLIC;\n')
    expect(await sqlFor(15)).toBe('') // pg_dump writes it itself
  })
})

describe('a restore that fails', () => {
  const manifest = manifestOf(createBackupId(new Date('2026-11-20T00:00:00Z'), 'abcdef'))
  const { serverMajor } = manifest.database
  const into = (major: number, failure: Error) => {
    const target = { name: `Postgres ${major}.1`, serverMajor: major } as RestoreTarget
    return explainVersionMismatch(manifest, target, () => Promise.reject(failure))
  }

  test('on a server older than the source names both versions and the cause', async () => {
    const older = `Postgres ${serverMajor - 1}.1 is older than the Postgres ${manifest.database.serverVersion}`
    const cause = new Error('syntax error at VIRTUAL')
    await expect(into(serverMajor - 1, cause)).rejects.toMatchObject({
      code: 'RESTORE_FAILED',
      message: `${older} that was backed up, and may not support it: syntax error at VIRTUAL`,
      cause,
    })
    const unlike = new AppError('RESTORE_FAILED', 'the copy differs from what was backed up')
    await expect(into(serverMajor - 1, unlike)).rejects.toThrow(older)
  })

  test('on the same version, or for another reason, gives only the cause', async () => {
    const cause = new Error('no room')
    await expect(into(serverMajor, cause)).rejects.toBe(cause)
    const lost = new AppError('DATABASE_UNAVAILABLE', 'gone')
    await expect(into(serverMajor - 1, lost)).rejects.toBe(lost)
  })
})
