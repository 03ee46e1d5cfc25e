/**
 * How long a cold start takes: what is read and run until the handler is there, and its first answer, each time in a
 * fresh process with the bundle that a deployment makes; beside it a bare Hono function, bundled in the same way.
 * Run it with `npm run bench -- cold [--starts 20]`.
 */
import { execFile } from 'node:child_process'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { ROOT } from '../support/synth.ts'
import { type BuildInput, buildFunction, type BuiltFunction } from '../support/synth-functions.ts'

const { values } = parseArgs({ options: { starts: { type: 'string', default: '20' } } })
const starts = Number(values.starts)
const KEY = Buffer.alloc(32).toString('base64')

const BARE = `
import { Hono } from 'hono'
import { handle } from 'hono/aws-lambda'
const app = new Hono()
app.get('/healthz/live', (c) => c.json({ success: true }))
export const handler = handle(app)`

/** Times in ms: until the handler is there, until its first answer, and that since the process began. */
const START = `
const event = ${JSON.stringify({
  version: '2.0',
  routeKey: '$default',
  rawPath: '/healthz/live',
  rawQueryString: '',
  headers: { host: 'api.example' },
  requestContext: { http: { method: 'GET', path: '/healthz/live', protocol: 'HTTP/1.1', sourceIp: '192.0.2.1' } },
  isBase64Encoded: false,
})}
const startedMs = performance.now()
const { handler } = await import('./bundle.mjs')
const loadedMs = performance.now()
const { statusCode } = await handler(event, { awsRequestId: 'bench' })
const answeredMs = performance.now()
if (statusCode !== 200) throw new Error('answered ' + statusCode)
process.stdout.write('\\n' + JSON.stringify([loadedMs - startedMs, answeredMs - startedMs, answeredMs]), () => process.exit(0))`

const work = await mkdtemp(join(tmpdir(), 'hunter-bench-cold-'))
try {
  await bench()
} finally {
  await rm(work, { recursive: true })
}

async function bench(): Promise<void> {
  await writeFile(join(work, 'bare.ts'), BARE)
  await symlink(join(ROOT, 'node_modules'), join(work, 'node_modules'))
  const bundles = [
    { name: 'bare Hono', built: await bundle(work, 'bare.handler'), times: [] as number[][] },
    { name: 'the API', built: await bundle(ROOT, 'functions/api.handler'), times: [] as number[][] },
  ]
  for (let start = 0; start <= starts; start += 1) {
    for (const { built, times } of bundles) {
      const time = await startOnce(built)
      if (start > 0) times.push(time) // the first one brings the files into memory
    }
  }
  console.log(`${starts} starts each, in turns; medians, and the fastest, in ms`)
  console.log('              read at start    in all  handler is there    first answer  since the process began')
  for (const { name, built, times } of bundles) {
    const columns = [
      `${Math.round(built.startBytes / 1_000)} kB`.padStart(13),
      `${Math.round(built.totalBytes / 1_000)} kB`.padStart(10),
      ...[0, 1, 2].map((at) => `${ms(median(times, at))} (${ms(fastest(times, at))})`.padStart(18)),
    ]
    console.log(`${name.padEnd(14)}${columns.join('')}`)
  }
  const [bare, ours] = bundles.map(({ times }) => times)
  if (!bare || !ours) return
  const ratios = [1, 2].map((at) => (fastest(ours, at) / fastest(bare, at)).toFixed(2))
  console.log(`the fastest first answer took ${ratios[0]} times as long, ${ratios[1]} times since the process began`)
}

function bundle(root: string, handler: string): Promise<BuiltFunction> {
  const input: BuildInput = {
    functionID: handler.replaceAll('/', '-'),
    handler,
    runtime: 'nodejs24.x',
    encryptionKey: KEY,
    links: {
      Redis: { url: 'http://127.0.0.1:1', token: 't' },
      Database: { host: '127.0.0.1', port: 1, username: 'u', password: 'p', database: 'd' },
      KeyPepper: { value: 'pepper of the benchmark' },
    },
    copyFiles: [],
    // as packages/infra/functions.ts has it
    properties: { minify: true, splitting: true, architecture: 'arm64', esbuild: { sourcemap: false } },
  }
  return buildFunction({ root, work, withBundles: true }, input)
}

async function startOnce({ dir }: BuiltFunction): Promise<number[]> {
  await writeFile(join(dir, 'start.mjs'), START)
  const env = {
    PATH: process.env['PATH'],
    AWS_REGION: 'eu-central-1',
    AWS_LAMBDA_FUNCTION_NAME: 'bench',
    SST_KEY: KEY,
    SST_KEY_FILE: 'resource.enc',
    SST_RESOURCE_App: JSON.stringify({ name: 'hunter', stage: 'bench' }),
  }
  const { stdout } = await promisify(execFile)(process.execPath, ['--no-warnings', 'start.mjs'], { cwd: dir, env })
  return JSON.parse(stdout.split('\n').at(-1) ?? '') as number[]
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
