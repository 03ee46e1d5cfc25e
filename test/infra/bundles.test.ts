import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseBackupId } from '#backups/format/backup-id'
import { buildBackupKeys } from '#backups/format/object-keys'
import packageJson from '../../package.json' with { type: 'json' }
import { type BackupStack, startBackupStack } from '../support/backup-stack.ts'
import { type ParameterServer, startParameterServer } from '../support/parameter-server.ts'
import { type Inputs, ROOT, type Synthesis } from '../support/synth.ts'
import { type BuiltFunction, sealLinks } from '../support/synth-functions.ts'
import { isThorough, sampleOf } from '../support/thorough.ts'
import { callBundle, completeFolder } from '../support/call-bundle.ts'
import { functionOf, FUNCTIONS, SECRETS, synthesiseProduction } from './stack.ts'

const START_BYTES_MAX = 180_000
const TOTAL_BYTES_MAX = 3_300_000

let stack: Synthesis
beforeAll(async () => {
  stack = await synthesiseProduction()
  for (const built of Object.values(stack.functions)) await completeFolder(ROOT, built)
})

const at = (name: string): BuiltFunction => {
  const built = stack.functions[name]
  if (!built) throw new Error(`the stack has no function ${name}`)
  return built
}
const variablesOf = (name: string) => functionOf(stack, name)['environment'].variables as Record<string, string>

/** Lists the files that the bundle starts by name, and those that they import. */
async function filesWantedBy({ dir }: BuiltFunction): Promise<string[]> {
  const started = await findIn(dir, '.mjs', /new URL\(["'`]\.\/([^"'`]+)["'`],\s*import\.meta\.url\)/g)
  const imported = await findIn(dir, '.ts', /from '\.\/([^']+)'/g)
  return [...new Set([...started, ...imported])].sort()
}

async function findIn(dir: string, ending: string, pattern: RegExp): Promise<string[]> {
  const files = (await readdir(dir)).filter((file) => file.endsWith(ending))
  const code = await Promise.all(files.map((file) => readFile(path.join(dir, file), 'utf8')))
  return [...code.join('\n').matchAll(pattern)].map(([, file = '']) => file)
}

describe.each(FUNCTIONS)('the bundle of %s', (name) => {
  test.runIf(isThorough || name === 'ApiFunction')(
    'loads from its own folder alone and exports the handler that Lambda calls',
    async () => {
      expect(functionOf(stack, name)['handler']).toBe('bundle.handler')
      expect(at(name).exports).toContain('handler')
      expect(await callBundle(at(name), variablesOf(name))).toBe('function')
    },
  )

  test('contains every file that it starts or imports', async () => {
    const wanted = await filesWantedBy(at(name))
    expect(wanted.filter((file) => !existsSync(path.join(at(name).dir, file)))).toEqual([])
  })

  test('is minified, and the deployment installs its packages in the versions that the tests use', () => {
    const { minify, install = {} } = at(name).input.properties
    expect(minify).toBe(true)
    for (const installed of Object.keys(install)) expect(packageJson.dependencies).toHaveProperty([installed])
  })
})

test('the bundle of the backup contains pg_dump; those of the proof and the drill also contain the embedded Postgres', async () => {
  expect(await filesWantedBy(at('Backup'))).toEqual(['child-pipe.ts', 'pg-dump-child.ts'])
  for (const name of ['VerifyBackup', 'RestoreDrill']) {
    expect(await filesWantedBy(at(name))).toEqual(['child-pipe.ts', 'pg-dump-child.ts', 'pglite-child.ts'])
  }
})

test('the API has less than 3.3 MB of code, and a cold start reads less than 180 kB of it', () => {
  const { startBytes, startParts, totalBytes } = at('ApiFunction')
  const parts = Object.entries(startParts).map(([part, bytes]) => `${part} ${bytes}`)
  expect(startBytes).toBeGreaterThan(50_000)
  expect(startBytes, `a cold start reads ${parts.join(', ')}`).toBeLessThan(START_BYTES_MAX)
  expect(totalBytes).toBeLessThan(TOTAL_BYTES_MAX)
})

test('a cold start of the API reads neither zod nor the database, Redis, the engine or an AWS client', () => {
  const parts = Object.keys(at('ApiFunction').startParts)
  expect(parts.filter((part) => !part.startsWith('#')).sort()).toEqual([
    '@aws-lambda-powertools/commons',
    '@aws-lambda-powertools/logger',
    '@aws/lambda-invoke-store',
    'hono',
    'sst',
    'uuid',
  ])
})

test('the bundled API opens its sealed links and answers the gateway', async () => {
  const event = {
    version: '2.0',
    routeKey: '$default',
    rawPath: '/healthz/live',
    rawQueryString: '',
    headers: { host: 'api.example' },
    requestContext: {
      http: { method: 'GET', path: '/healthz/live', protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'test' },
      requestId: 'r1',
      stage: '$default',
    },
    isBase64Encoded: false,
  }
  const variables = { ...variablesOf('ApiFunction'), HUNTER_LOG_LEVEL: 'silent' }
  expect(await callBundle(at('ApiFunction'), variables, event)).toMatchObject({ statusCode: 200 })
})

test.each(sampleOf(['Database', 'Redis', 'KeyPepper']))(
  'the bundled API does not start without its link to %s',
  async (missing) => {
    const { dir, input } = at('ApiFunction')
    const links = Object.fromEntries(Object.entries(input.links).filter(([name]) => name !== missing))
    await sealLinks(dir, { ...input, links })
    const problem = `the resource ${missing} is not linked`
    await expect(callBundle(at('ApiFunction'), variablesOf('ApiFunction'))).rejects.toThrow(problem)
    await sealLinks(dir, input)
  },
)

test('the bundled API serves the built page', async () => {
  const event = {
    version: '2.0',
    rawPath: '/app/leads',
    headers: {},
    requestContext: { http: { method: 'GET', path: '/app/leads', sourceIp: '192.0.2.1' } },
  }
  const variables = { ...variablesOf('ApiFunction'), HUNTER_LOG_LEVEL: 'silent' }
  const answer = (await callBundle(at('ApiFunction'), variables, event)) as { statusCode: number; body: string }
  expect([answer.statusCode, answer.body]).toEqual([
    200,
    expect.stringMatching(/src="\/app\/assets\/index-[\w-]+\.js"/),
  ])
})

test('the bundle of Migrate contains every migration', async () => {
  const shipped = await readdir(path.join(at('Migrate').dir, 'migrations'))
  expect(shipped.sort()).toEqual((await readdir(path.join(ROOT, 'migrations'))).sort())
})

describe.runIf(isThorough)('against local services', () => {
  let parts: BackupStack
  let parameters: ParameterServer
  beforeAll(async () => {
    parts = await startBackupStack()
    parameters = await startParameterServer('KeyPepper', SECRETS.KeyPepper)
  })
  afterAll(() => Promise.all([parts.close(), parameters.close()]))

  /** Links that only deployed functions have. */
  function moreLinks(): [string, unknown][] {
    const { hostname: host, port, username, password, pathname } = new URL(parts.database.url)
    const server = { host, port, username, password, database: pathname.slice(1) }
    return [
      ['BackupKey', { value: 'correct horse battery staple' }],
      ['ProofServer', server],
    ]
  }

  /** Calls the deployed bundle with its sealed links, against local services (Postgres has no TLS here). */
  async function invoke(name: string, event: Inputs): Promise<unknown> {
    const { dir, input } = at(name)
    const isLink = (key: string) => key.startsWith('SST_RESOURCE_') && key !== 'SST_RESOURCE_App'
    const entries = Object.entries(parts.env)
    const links = entries
      .filter(([key]) => isLink(key))
      .map(([key, json]) => [key.slice('SST_RESOURCE_'.length), JSON.parse(json)])
    await sealLinks(dir, { ...input, links: Object.fromEntries([...links, ...moreLinks()]) })
    const own = Object.fromEntries(entries.filter(([key]) => !isLink(key)))
    const ours = { ...own, AWS_ENDPOINT_URL_SSM: parameters.url }
    return callBundle(at(name), { ...variablesOf(name), ...ours, PGSSLMODE: 'disable', NODE_EXTRA_CA_CERTS: '' }, event)
  }

  test('the bundled functions back up a database, prove the backup, reconcile it and restore it in a drill', async () => {
    const client = new Client({ connectionString: parts.database.url })
    await client.connect()
    await client.query('create table lead (id int primary key, name text); insert into lead values (1, $$Ağ$$)')
    await client.end()

    const { backupId } = (await invoke('Backup', {})) as { backupId: string }
    const [body] = await parts.proofRequests()
    const answer = await invoke('VerifyBackup', { Records: [{ messageId: 'm1', body }] })

    expect(answer).toEqual({ batchItemFailures: [] })
    const { manifest, proof } = buildBackupKeys('hunter', parseBackupId(backupId))
    const settings = { name: 'parameters/hunter/production/KeyPepper.json.sealed', encrypted: true }
    expect(await parts.storage.store.getJson(manifest)).toMatchObject({ config: { files: [settings], warnings: [] } })
    const checks = expect.arrayContaining([{ name: 'settings', level: 4, passed: true }]) // opened with the linked key
    expect(await parts.storage.store.getJson(proof)).toMatchObject({ verified: true, level: 4, checks })

    expect(await invoke('ReconcileBackups', {})).toMatchObject({ done: { proofs: {}, retention: {} } })
    expect(await invoke('RestoreDrill', {})).toMatchObject({ backupId, totalMs: expect.any(Number) })
  }, 240_000)
})
