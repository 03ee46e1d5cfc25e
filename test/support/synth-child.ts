/** Runs in a process of its own: one stage, synthesised, sent to the parent. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { evaluateApp, loadProgram } from './synth-config.ts'
import { startCli } from './synth-cli.ts'
import { recordResources } from './synth-mocks.ts'
import { ROOT, type SynthAnswer, type SynthRequest } from './synth.ts'

const PLATFORM = path.join(ROOT, '.sst', 'platform')
/** Ticks of the event loop do not end a program whose promise died: nothing registered for this long means stuck. */
const STUCK_MS = 240_000

const request = JSON.parse(process.argv[2] ?? '') as SynthRequest
const send = process.send?.bind(process) as (answer: SynthAnswer, sent: () => void) => void
if (!process.send) throw new Error('started by synth.ts alone')
/** The same failure reaches every promise that waits for it. */
const errors = new Set<string>()
const work = request.bundlesIn ?? (await mkdtemp(path.join(tmpdir(), 'hunter-synth-')))

// SST throws inside Output.apply: that promise is never awaited, and the program would hang
process.on('unhandledRejection', (reason) => void fail(reason))
process.on('uncaughtException', (error) => void fail(error))

await run().then(finish, fail)

async function run(): Promise<SynthAnswer> {
  const places = {
    root: ROOT,
    platform: PLATFORM,
    work,
    configFile: request.configFile ?? path.join(ROOT, 'sst.config.ts'),
  }
  const app = await evaluateApp(places, request.stage)
  const cli = await startCli({ root: ROOT, work, withBundles: request.bundlesIn !== undefined })
  process.env.SST_SERVER = cli.url
  const recorder = await recordResources(PLATFORM, app)
  const stuck = setTimeout(() => void fail(new Error('the synthesis did not end')), STUCK_MS)
  await recorder.run(() => loadProgram(places, app))
  clearTimeout(stuck)
  await cli.close()
  return { ok: true, synthesis: { app, resources: recorder.resources, functions: cli.built } }
}

async function fail(reason: unknown): Promise<void> {
  errors.add(reason instanceof Error ? reason.message : String(reason))
  // what failed beside it in the same turn is said too
  setImmediate(() => void finish({ ok: false, errors: [...errors] }))
}

async function finish(answer: SynthAnswer): Promise<void> {
  if (answer.ok && errors.size > 0) return
  if (!request.bundlesIn) await rm(work, { recursive: true, force: true })
  send(answer, () => process.exit(answer.ok ? 0 : 1))
}
