/** Tests "latest" in place of an id, and places that cannot be opened. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { type BackupId, createBackupId } from '#backups/format/backup-id'
import type { Backup } from '#backups/store/catalog'
import { buildBackupKeys } from '#backups/format/object-keys'
import { openStore } from '#runtime/open-store'
import { envWithoutStack, hunterBackup as hunter } from '../../support/hunter-backup.ts'
import { DUMP, manifestOf, proofOf } from '../made-up.ts'

let dir: string
let place: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hunter-alone-latest-'))
  const env = envWithoutStack('', join(dir, 'no-stack'))
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
})
beforeEach(async () => {
  place = await mkdtemp(join(dir, 'place-'))
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await rm(dir, { recursive: true, force: true })
})

async function made(day: number, { isProven = false, source = 'shop' } = {}): Promise<BackupId> {
  const { store } = await openStore(place, process.env, 'write')
  const id = createBackupId(new Date(Date.UTC(2026, 9, day)), 'abcdef')
  const { dump, manifest, proof } = buildBackupKeys(source, id)
  const upload = await store.startUpload(dump, 'text/plain')
  await upload.write(DUMP)
  await upload.complete()
  await store.putJson(manifest, manifestOf(id, source))
  if (isProven) await store.putJson(proof, proofOf(id))
  return id
}

test('show latest takes the newest backup and restore latest the newest verified one; both say which', async () => {
  const verified = await made(1, { isProven: true })
  const newest = await made(2)
  const shown = await hunter('show', 'latest', '--from', place, '--json')
  expect(shown).toMatchObject({ status: 0, err: `The latest backup of shop is ${newest}\n` })
  expect((JSON.parse(shown.out) as Backup).manifest.id).toBe(newest)
  const restored = await hunter('restore', 'latest', '--from', place, '--config-to', join(place, 'out'))
  expect(restored.err).toContain(
    `The latest verified backup of shop is ${verified}\n  skipped  ${newest}: not proven yet\n`,
  )
})

test('latest is ambiguous with several names, and refused without --name', async () => {
  await made(1)
  const other = await made(2, { source: 'other' })
  const refused = await hunter('verify', 'latest', '--from', place)
  expect(refused).toMatchObject({ status: 2, err: expect.stringContaining('other, shop: choose one with --name') })
  expect((await hunter('show', 'latest', '--from', place, '--name', 'other')).out).toContain(other)
})

test('a bucket without a region or credentials is refused before the first request, with what is missing', async () => {
  for (const name of ['AWS_ENDPOINT_URL_S3', 'AWS_REGION', 'AWS_DEFAULT_REGION']) vi.stubEnv(name, '')
  vi.stubEnv('AWS_CONFIG_FILE', join(dir, 'none'))
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(dir, 'none'))
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true')
  const refused = await hunter('list', '--from', 's3://some-bucket/shop')
  expect(refused).toMatchObject({ status: 2, out: '' })
  expect(refused.err).toContain('s3://some-bucket/shop needs a region: set AWS_REGION')
  vi.stubEnv('AWS_REGION', 'eu-central-1')
  vi.stubEnv('AWS_ACCESS_KEY_ID', '')
  const unknown = await hunter('list', '--from', 's3://some-bucket/shop')
  expect(unknown).toMatchObject({ status: 2, out: '' })
  expect(unknown.err).toContain('s3://some-bucket/shop needs credentials: set AWS_ACCESS_KEY_ID')
})
