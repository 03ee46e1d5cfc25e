/**
 * How long a cold start takes: what is read and run until the handler is there, and its first answer, each time in a
 * fresh process with the bundle that a deployment makes; beside it a bare Hono function, bundled in the same way.
 * The first answer is that the process lives, a lead (key, limits, database), and a scan whose name servers refuse;
 * Postgres and Redis work in another process. Run it with `npm run bench -- cold [--starts 20]`.
 */
import { type ChildProcess, execFile, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import type { ApiParts } from '../support/api-parts-process.ts'
import { ROOT } from '../support/synth.ts'
import { type BuildInput, buildFunction, type BuiltFunction } from '../support/synth-functions.ts'

const { values } = parseArgs({ options: { starts: { type: 'string', default: '20' } } })
const starts = Number(values.starts)
const LINK = 'SST_RESOURCE_'
const KEY = Buffer.alloc(32).toString('base64')

const BARE = `
import { Hono } from 'hono'
import { handle } from 'hono/aws-lambda'
const app = new Hono()
app.get('/healthz/live', (c) => c.json({ success: true }))
export const handler = handle(app)`

/** Times in ms: import of the handler, first answer, first answer since the start of the process, processor time. */
const START = `
const event = JSON.parse(process.argv[2])
const startedMs = performance.now()
const startedCpu = process.cpuUsage()
const { handler } = await import('./bundle.mjs')
const loadedMs = performance.now()
const { statusCode, body } = await handler(event, { awsRequestId: 'bench' })
const answeredMs = performance.now()
const { user, system } = process.cpuUsage(startedCpu)
if (statusCode !== 200) throw new Error('answered ' + statusCode + body)
const times = [loadedMs - startedMs, answeredMs - startedMs, answeredMs, (user + system) / 1000]
process.stdout.write('\\n' + JSON.stringify(times), () => process.exit(0))`

interface Case {
  name: string
  built: BuiltFunction
  /** Event of each start; a domain that was scanned before is answered from the stored lead. */
  event: (start: number) => object
  times: number[][]
}

const work = await mkdtemp(join(tmpdir(), 'hunter-bench-cold-'))
const parts = fork(join(import.meta.dirname, '../support/api-parts-process.ts'))
try {
  await bench(await answerOf<ApiParts>(parts))
} finally {
  parts.disconnect()
  await rm(work, { recursive: true })
}

async function bench({ env, key, writeKey }: ApiParts): Promise<void> {
  await writeFile(join(work, 'bare.ts'), BARE)
  await symlink(join(ROOT, 'node_modules'), join(work, 'node_modules'))
  const links = linksOf(env)
  const bare = await bundle(work, 'bare.handler', links)
  const api = await bundle(ROOT, 'functions/api.handler', links)
  const cases: Case[] = [
    { name: 'bare Hono', built: bare, event: () => get('/healthz/live'), times: [] },
    { name: 'the API, alive', built: api, event: () => get('/healthz/live'), times: [] },
    { name: 'the API, a lead', built: api, event: () => get('/api/v1/leads/acme.com.tr', key), times: [] },
    { name: 'the API, a scan', built: api, event: (start) => scan(`cold-${start}.com.tr`, writeKey), times: [] },
  ]
  for (let start = 0; start <= starts; start += 1) {
    for (const { built, event, times } of cases) {
      const time = await startOnce(built, event(start), env)
      if (start > 0) times.push(time) // the first one brings the files into memory
    }
  }
  show(cases)
}

function show(cases: Case[]): void {
  console.log(`${starts} starts each, in turns; medians, and the fastest, in ms`)
  console.log(
    '                read at start    in all  handler is there    first answer  since the process began     processor',
  )
  for (const { name, built, times } of cases) {
    const columns = [
      `${Math.round(built.startBytes / 1_000)} kB`.padStart(13),
      `${Math.round(built.totalBytes / 1_000)} kB`.padStart(10),
      ...[0, 1, 2, 3].map((at) => `${ms(median(times, at))} (${ms(fastest(times, at))})`.padStart(18)),
    ]
    console.log(`${name.padEnd(16)}${columns.join('')}`)
  }
  const [bare, ...ours] = cases
  for (const { name, times } of bare ? ours : []) {
    const ratio = (at: number, of: typeof median) => (of(times, at) / of(bare?.times ?? [], at)).toFixed(2)
    console.log(
      `${name}: the fastest first answer took ${ratio(1, fastest)} times as long as the bare one, ` +
        `${ratio(2, fastest)} times since the process began, ${ratio(3, median)} times the processor's work`,
    )
  }
}

/** As the gateway sends it. */
function get(path: string, key?: string): object {
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: '',
    headers: { host: 'api.example', ...(key === undefined ? {} : { authorization: `Bearer ${key}` }) },
    requestContext: { http: { method: 'GET', path, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1' } },
    isBase64Encoded: false,
  }
}

function scan(domain: string, key: string): object {
  const path = '/api/v1/scan/domain'
  const requestContext = { http: { method: 'POST', path, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1' } }
  return { ...get(path, key), requestContext, body: JSON.stringify({ domain }) }
}

/** What a deployment seals into the bundle. */
function linksOf(env: Record<string, string>): Record<string, Record<string, unknown>> {
  const own = Object.entries(env).filter(([name]) => name.startsWith(LINK) && name !== `${LINK}App`)
  return Object.fromEntries(own.map(([name, json]) => [name.slice(LINK.length), JSON.parse(json)]))
}

function bundle(root: string, handler: string, links: BuildInput['links']): Promise<BuiltFunction> {
  const input: BuildInput = {
    functionID: handler.replaceAll('/', '-'),
    handler,
    runtime: 'nodejs24.x',
    encryptionKey: KEY,
    links,
    copyFiles: [],
    // as packages/infra/functions.ts has it
    properties: { minify: true, splitting: true, architecture: 'arm64', esbuild: { sourcemap: false } },
  }
  return buildFunction({ root, work, withBundles: true }, input)
}

async function startOnce({ dir }: BuiltFunction, event: object, parts: Record<string, string>): Promise<number[]> {
  await writeFile(join(dir, 'start.mjs'), START)
  const settings = Object.entries(parts).filter(([name]) => !name.startsWith(LINK) || name === `${LINK}App`)
  const env = {
    ...Object.fromEntries(settings),
    PATH: process.env['PATH'],
    HUNTER_REGISTRATION: 'off',
    PGSSLMODE: 'disable',
    AWS_REGION: 'eu-central-1',
    AWS_LAMBDA_FUNCTION_NAME: 'bench',
    SST_KEY: KEY,
    SST_KEY_FILE: 'resource.enc',
  }
  const args = ['--no-warnings', 'start.mjs', JSON.stringify(event)]
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: dir, env })
  return JSON.parse(stdout.split('\n').at(-1) ?? '') as number[]
}

async function answerOf<T>(child: ChildProcess): Promise<T> {
  const [answer] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => Promise.reject(new Error('a process of the benchmark ended'))),
  ])) as [T]
  return answer
}

function median(times: number[][], at: number): number {
  const sorted = times.map((time) => time[at] ?? 0).sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}

function fastest(times: number[][], at: number): number {
  return Math.min(...times.map((time) => time[at] ?? Infinity))
}

function ms(value: number): string {
  return value.toFixed(1)
}
