/** Tests roles beside a dump: stored with or without passwords, and recreated where a server lacks them. */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createBackupId } from '#backups/format/backup-id'
import { dumpDatabase } from '#backups/dump/dump'
import { parseManifest } from '#backups/format/manifest'
import { restoreInto } from '#backups/restore/into-empty'
import { planRestore } from '#backups/restore/plan'
import { restoreRoles } from '#backups/restore/roles'
import type { RolesWanted } from '#backups/dump/server-roles'
import { systemClock } from '#platform/clock'
import { startTestStore, type TestStore } from '../../support/backup-store.ts'
import { createTestDatabase, serverUrl, type TestDatabase } from '../../support/postgres.ts'
import { isThorough } from '../../support/thorough.ts'
import { dump, rowsOf, runSql, SOURCE, TOOL_VERSION } from '../fixtures.ts'

const suffix = randomBytes(4).toString('hex')
const [boss, worker, plain] = [`the "boss"_${suffix}`, `worker_${suffix}`, `plain_${suffix}`]
const quoted = (role: string) => `"${role.replaceAll('"', '""')}"`
const PASSPHRASE = 'a passphrase of some length'

let storage: TestStore
let source: TestDatabase
beforeAll(async () => {
  storage = await startTestStore(systemClock)
  source = await createTestDatabase()
  await makeRoles()
  await runSql(source.url, `CREATE ROLE ${plain} LOGIN PASSWORD 'other'`)
})
afterAll(async () => {
  await source.drop()
  await dropRoles()
  await runSql(serverUrl(), `DROP ROLE ${plain}`)
  await storage.close()
})

const makeRoles = () =>
  runSql(
    serverUrl(),
    `CREATE ROLE ${quoted(boss)} NOLOGIN CREATEDB NOINHERIT;
     CREATE ROLE ${worker} LOGIN PASSWORD 'secret' CONNECTION LIMIT 3 VALID UNTIL '2040-01-01 00:00:00+00';
     ALTER ROLE ${worker} SET search_path = "odd one", public;
     COMMENT ON ROLE ${worker} IS 'it''s the worker';
     GRANT ${quoted(boss)} TO ${worker} WITH ADMIN TRUE, INHERIT FALSE, SET TRUE`,
  )
const dropRoles = () => runSql(serverUrl(), `DROP ROLE ${worker};\nDROP ROLE ${quoted(boss)}`)

const ROLES = `
  SELECT r.rolname, r.rolcreatedb, r.rolcanlogin, r.rolinherit, r.rolconnlimit, r.rolvaliduntil, r.rolconfig, a.rolpassword,
    shobj_description(r.oid, 'pg_authid') AS comment,
    ARRAY(SELECT roleid::regrole::text || admin_option || inherit_option || set_option FROM pg_auth_members WHERE member = r.oid) AS of
  FROM pg_roles r JOIN pg_authid a ON a.oid = r.oid WHERE r.rolname LIKE '%${suffix}' ORDER BY 1`

async function dumpWith(roles: RolesWanted, databaseUrl = source.url) {
  const id = createBackupId(systemClock.now(), randomBytes(3).toString('hex'))
  return dumpDatabase(
    { store: storage.store, clock: systemClock },
    { id, source: SOURCE, databaseUrl, toolVersion: TOOL_VERSION, roles },
  )
}

test('are restored unchanged, with their sealed passwords', async () => {
  const manifest = await dumpWith({ randomBytes, passphrase: PASSPHRASE })
  expect(JSON.stringify(manifest)).not.toContain('SCRAM')
  const before = await rowsOf(serverUrl(), ROLES)
  await dropRoles()
  const plan = await planRestore(
    { store: storage.store },
    { source: SOURCE, id: manifest.id, databaseUrl: source.url, roles: {} },
  )
  expect(plan.roles).toEqual([boss, worker])
  const copy = await createTestDatabase()
  const input = { source: SOURCE, id: manifest.id, databaseUrl: copy.url, roles: { passphrase: PASSPHRASE } }
  const { remarks } = await restoreInto({ store: storage.store, clock: systemClock }, input)
  expect(remarks).toContain(`roles were created: ${boss}, ${worker}`)
  expect(await rowsOf(serverUrl(), ROLES)).toEqual(before)
  await copy.drop()
})

test.runIf(isThorough)('that exist already stay unchanged', async () => {
  const manifest = await dumpWith({ randomBytes })
  await runSql(serverUrl(), `ALTER ROLE ${worker} NOLOGIN;\nREVOKE ${quoted(boss)} FROM ${worker}`)
  const before = await rowsOf(serverUrl(), ROLES)
  expect(await restoreRoles(serverUrl(), manifest, undefined)).toEqual([])
  expect(await rowsOf(serverUrl(), ROLES)).toEqual(before)
  await dropRoles()
  await makeRoles()
})

test.runIf(isThorough)('are restored without passwords if the key is missing or wrong', async () => {
  const manifest = await dumpWith({ randomBytes, passphrase: PASSPHRASE })
  await dropRoles()
  await expect(restoreRoles(serverUrl(), manifest, 'another passphrase')).rejects.toMatchObject({
    code: 'BACKUP_KEY_INVALID',
  })
  expect(await restoreRoles(serverUrl(), manifest, undefined)).toContain(
    'their passwords were not set: there is no key to decrypt them',
  )
})

test.runIf(isThorough)(
  'are stored without passwords if the role may not read them, and restored only by a role that may create roles',
  async () => {
    const url = Object.assign(new URL(source.url), { username: plain, password: 'other' }).href
    const manifest = await dumpWith({ randomBytes, passphrase: PASSPHRASE }, url)
    expect(manifest.roles).toMatchObject({
      remarks: ['this role may not read pg_authid, so the backup has no passwords'],
    })
    expect(manifest.roles?.passwords).toBe(undefined)
    await dropRoles()
    const hashed = await dumpWith({ randomBytes, passphrase: PASSPHRASE }) // holds the roles that are left
    const refused = await restoreRoles(url, { ...hashed, roles: manifest.roles }, PASSPHRASE)
    expect(refused).toContainEqual(expect.stringMatching(/^CREATE ROLE .*: permission denied to create role$/))
    await makeRoles()
  },
)

test.runIf(isThorough)('memberships are restored on an older server in its own syntax', async () => {
  const manifest = await dumpWith({ randomBytes })
  expect(parseManifest(JSON.parse(JSON.stringify(manifest))).roles).toEqual(manifest.roles)
  const older = manifest.roles!.memberships.map((each) => ({ ...each, inherit: null, set: null }))
  await dropRoles()
  expect(
    await restoreRoles(serverUrl(), { ...manifest, roles: { ...manifest.roles!, memberships: older } }, undefined),
  ).toEqual([`roles were created: ${boss}, ${worker}`])
  const [row] = await rowsOf<{ admin: boolean }>(
    serverUrl(),
    `SELECT admin_option AS admin FROM pg_auth_members WHERE member = '${worker}'::regrole`,
  )
  expect(row?.admin).toBe(true)
})

test.runIf(isThorough)('that the backup lacks cannot be restored', async () => {
  const manifest = await dump(storage.store, source.url)
  await expect(restoreRoles(serverUrl(), manifest, undefined)).rejects.toMatchObject({ code: 'BACKUP_NOT_FOUND' })
})
