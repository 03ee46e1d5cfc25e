import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createClient } from '#client/client'
import { type Stack, startStack } from '#local/stack'
import { readSettings } from '#runtime/settings'
import { withExamples } from '#cli/command'
import {
  awaitProof,
  backUp,
  type DemoLead,
  dropTable,
  failToListLeads,
  importCsv,
  listLeads,
  openStore,
  requireSame,
  restore,
  scanInBulk,
} from '#cli/demo/steps'
import { ownSettings } from '#cli/dev'
import { canRedraw } from '#cli/progress'
import { formatTable } from '#cli/table'
import { formatBytes, paint, print, formatSeconds } from '#cli/terminal'

const DOMAINS = fileURLToPath(new URL('../local/demo-domains.csv', import.meta.url))

export const demoCommand = withExamples(
  {
    run: async () => {
      const { HUNTER_BACKUP_SOURCE: source } = readSettings(process.env)
      const dataDir = await mkdtemp(join(tmpdir(), 'hunter-demo-'))
      try {
        const stack = await startDemoStack(dataDir)
        try {
          await playThrough(stack, source)
        } finally {
          await stack.stop()
        }
      } finally {
        await rm(dataDir, { recursive: true, force: true })
      }
    },
  },
  ['npm run demo'],
)

async function startDemoStack(dataDir: string): Promise<Stack> {
  print(paint('bold', 'Hunter in one run: from a list of domains to a proven backup and back\n'))
  const notes = {
    services: 'Postgres, Redis, S3, SQS, RDS and DNS on this machine',
    migrations: 'reviewed SQL, applied once',
    functions: 'the API answers',
  }
  return startStack({
    dataDir,
    durable: false,
    port: 0,
    // only the demo polls a job this often
    settings: { ...ownSettings(), HUNTER_KEY_LIMIT_PER_MINUTE: '10000' },
    onAnswer: () => undefined,
    onProblem: (message) => process.stderr.write(`${message}\n`),
    onStep: (step, durationMs) => line(`start: ${step}`, durationMs, notes[step]),
  })
}

async function playThrough(stack: Stack, source: string): Promise<void> {
  // a call that fails by purpose is made once
  const api = createClient({ url: stack.url, key: stack.apiKey, retries: 0 })
  const imported = await step(
    'import a CSV',
    () => importCsv(stack, DOMAINS),
    ({ rows, accepted, rejected }) => {
      const refused = rejected.map(({ line, input, reason }) => `line ${line} "${input}": ${reason}`)
      return [`${accepted} of ${rows} rows accepted`, ...refused].join('; ')
    },
  )
  await step(
    'scan over the queue',
    () => scanInBulk(api, imported.domains, showProgress),
    ({ domains, outcomes }) => {
      const failures = (outcomes ?? []).map(({ input, message }) => `${input}: ${message}`)
      return [`${domains.done} done, ${domains.failed} failed`, ...failures].join('; ')
    },
  )
  const before = await step(
    'list the leads',
    () => listLeads(api),
    (leads) => `${leads.length} leads`,
  )
  print(`\n${leadTable(before)}\n`)

  const id = await step(
    'nightly backup',
    () => backUp(stack),
    (backup) => backup,
  )
  await step(
    'prove that it restores',
    () => awaitProof(openStore(stack), source, id),
    ({ manifest, proof }) => {
      const { rawBytes, gzipBytes } = manifest.object
      return `level ${proof.level}, ${proof.checks.length} checks; ${formatBytes(rawBytes)} of SQL in ${formatBytes(gzipBytes)}`
    },
  )
  await step(
    'drop a table',
    () => dropTable(stack, 'companies'),
    () => 'drop table companies cascade',
  )
  await step(
    'ask for the leads',
    () => failToListLeads(api),
    (failure) => `${failure}, as expected`,
  )
  const report = await step(
    'restore the backup',
    () => restore(stack, source, id),
    ({ tables, rows, keptAs }) => {
      return `${tables} tables, ${rows} rows; the broken database is kept as ${keptAs}`
    },
  )
  const after = await step(
    'compare',
    () => listLeads(api),
    (leads) => {
      requireSame(before, leads)
      return `${leads.length} leads, every field as before the loss`
    },
  )
  print(
    `\n${paint('bold', `Recovered ${after.length} leads in ${formatSeconds(report.totalMs)}`)} (measured, goal 5 minutes)`,
  )
}

async function step<T>(title: string, work: () => Promise<T>, outcome: (result: T) => string): Promise<T> {
  const startedMs = performance.now()
  const result = await work()
  line(title, performance.now() - startedMs, outcome(result))
  return result
}

function line(title: string, durationMs: number, note: string): void {
  if (canRedraw(process.stdout, process.env)) process.stdout.write('\r\u001B[K')
  print(`${paint('green', '✓')} ${title.padEnd(24)} ${formatSeconds(durationMs).padStart(7)}  ${paint('dim', note)}`)
}

function showProgress({ received, domains }: { received: number; domains: { done: number; failed: number } }): void {
  if (!canRedraw(process.stdout, process.env)) return
  const ended = domains.done + domains.failed
  const filled = Math.round((ended / received) * 24)
  process.stdout.write(`\r  ${'█'.repeat(filled)}${'░'.repeat(24 - filled)} ${ended}/${received}`)
}

function leadTable(leads: DemoLead[]): string {
  return formatTable(
    ['domain', 'mailbox', 'gateway', 'score', 'range', 'segment', 'priority'],
    leads.map(({ domain, mailbox, gateway, score, score_min: min, score_max: max, segment, priority }) => {
      return [domain, mailbox, gateway ?? '', score, `${min}-${max}`, segment, priority]
    }),
    { leaves: ['range', 'gateway', 'mailbox'] },
  )
}
