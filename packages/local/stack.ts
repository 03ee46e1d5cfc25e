/**
 * The local package owns the whole product on this machine: this file starts the services, the functions, and what
 * calls them.
 */
import { execFile } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { closeDatabase, createDatabase } from '#db/client'
import { getErrorMessage } from '#platform/errors'
import type { FunctionName } from '#deployment/functions'
import { SCHEDULES, planSchedules } from '#deployment/schedules'
import { readSettings } from '#runtime/settings'
import type { RescanRun } from '#scans/rescans/run-rescans'
import { removeRunningStack, ensureLocalSecrets, recordRunningStack, refuseSecondStack } from '#local/data-dir'
import { createFunctionHost, type FunctionHost } from '#local/function-host'
import { FUNCTION_SPECS } from '#local/functions'
import { type GatewayOptions, startGateway } from '#local/gateway'
import { lockFolder } from '#local/folder-lock'
import { openLineLog } from '#local/line-log'
import { ensureLocalApiKey } from '#local/local-key'
import { type Services, startServices } from '#local/services'
import type { ReceivedMessage } from '#emulators/inbox/server'
import { startPoller } from '#emulators/sqs/server'
import { requeueLost } from '#local/requeue'
import { buildScheduledEvent, startSchedules } from '#local/schedules'

interface StackOptions {
  dataDir: string
  /** false: the data may be lost, so nothing waits for the disk. */
  durable: boolean
  port: number
  /** The developer's own settings (HUNTER_…, SENTRY_…), passed on to the functions. */
  settings: Record<string, string>
  /** True: builds the page when its sources are newer, while the rest starts. */
  buildsPage?: boolean
  onAnswer: GatewayOptions['onAnswer']
  onProblem: (message: string) => void
  /** Called when the schedule takes up leads, with how many. */
  onRescans?: (domains: number) => void
  /** Called with each alert that arrives at the inbox of this machine. */
  onAlert?: (message: ReceivedMessage) => void
  /** Called when each step of the start begins. */
  onBegin?: (step: StartStep) => void
  /** Called when each step ends. */
  onStep?: (step: StartStep, durationMs: number) => void
}

export type StartStep = 'services' | 'migrations' | 'functions'

export interface Stack {
  url: string
  port: number
  apiKey: string
  env: Record<string, string>
  databaseUrl: string
  inboxUrl: string
  storage: Services['storage']
  /** Runs a scheduled function now, with the event that its schedule would send. */
  runSchedule(name: keyof typeof SCHEDULES): Promise<unknown>
  /**
   * Reloads the code of every function; services, data and addresses stay. Reports each function that does not load.
   */
  reload(): Promise<void>
  /** Accepts no more work, finishes what is in progress within `GRACE_MS`, then ends everything. */
  stop(): Promise<void>
}

/** A person who tries referrals waits no ten minutes: seconds, minute, hour, … */
const EVERY_30_S = '*/30 * * * * *'

/** Longer than most batches take, shorter than most supervisors wait before they kill. */
export const GRACE_MS = 20_000

/** @throws AppError PART_FAILED when a service does not start, after ending whatever did */
export async function startStack(options: StackOptions): Promise<Stack> {
  const dataDir = resolve(options.dataDir)
  await refuseSecondStack(dataDir)
  const closers = new AsyncDisposableStack()
  closers.defer(await lockFolder(dataDir))
  try {
    return await start({ ...options, dataDir }, closers)
  } catch (error) {
    await closers.disposeAsync()
    throw error
  }
}

async function start(options: StackOptions, closers: AsyncDisposableStack): Promise<Stack> {
  const { dataDir, durable, onProblem } = options
  const timed = stepTimer(options)
  const secrets = await ensureLocalSecrets(dataDir)
  const settings = readSettings(options.settings)
  const { HUNTER_BACKUP_SOURCE, HUNTER_DNS_SERVERS: nameServers } = settings
  const night = { time: settings.HUNTER_BACKUP_TIME, timezone: settings.HUNTER_BACKUP_TIMEZONE }
  const schedule = planSchedules(night, new Date())
  const services = await timed('services', () =>
    startServices({
      dataDir,
      durable,
      secrets,
      nameServers,
      onProblem,
      onAlert: options.onAlert ?? (() => undefined),
      inboxPort: options.port === 0 ? 0 : options.port + 1,
      closers,
    }),
  )
  const { env: servicesEnv, queues, queueUrls } = services
  const env: Record<string, string> = {
    HUNTER_METRICS: 'open',
    ...inherited(),
    ...options.settings,
    ...servicesEnv,
  }
  const hosts = await startFunctions({ dataDir, env, onProblem }, closers)

  await timed('migrations', () => hosts.migrate.invoke({}))
  const db = createDatabase({ url: services.databaseUrl, maxConnections: 1, statementTimeoutMs: 30_000 })
  closers.defer(() => closeDatabase(db))
  const apiKey = await ensureLocalApiKey({ db, dataDir, pepper: secrets.pepper })
  await requeueLost(services, db, HUNTER_BACKUP_SOURCE)
  const page = options.buildsPage ? buildPage(closers, onProblem) : undefined
  const gateway = await startGateway({
    port: options.port,
    invoke: async (event) => {
      if (event.rawPath.startsWith('/app')) await page // only the first request after a change of the page waits
      return hosts.api.invoke(event)
    },
    onProblem: (message) => onProblem(`api: ${message}`),
    onAnswer: options.onAnswer,
  })
  closers.defer(() => gateway.close())
  // the gateway has its port by now, and the functions that read the setting start later
  env['HUNTER_PUBLIC_URL'] = options.settings['HUNTER_PUBLIC_URL'] || gateway.url
  const pollers: { stop(): Promise<void> }[] = []
  for (const [name, queueUrl] of [
    ['bulk-worker', queueUrls.scan],
    // a second poller: while one batch is committed or waits for a slow name server, the other uses the DNS tokens
    ['bulk-worker', queueUrls.scan],
    ['verify-backup', queueUrls.proof],
    ['backup', queueUrls.backup],
  ] as const) {
    const poller = startPoller(
      {
        client: queues.client,
        invoke: (event) => hosts[name].invoke(event),
        onFailure: (message) => onProblem(`${name}: ${message}`),
      },
      { queueUrl, batchSize: 1 },
    )
    pollers.push(poller)
    closers.defer(() => poller.stop())
  }
  const schedules = startSchedules(
    {
      invoke: async ({ function: name }, event) => {
        const done = await hosts[name].invoke(event)
        if (name === 'rescan') reportRescans(options, done as RescanRun)
      },
      onFailure: ({ name }, error) => onProblem(`${name}: ${getErrorMessage(error)}`),
    },
    Object.values({ ...schedule, referrals: { ...schedule.referrals, cron: EVERY_30_S } }),
  )
  closers.defer(() => schedules.stop())
  const own = [gateway.url, `http://localhost:${gateway.port}`]
  await services.storage.allowPages([...own, ...settings.HUNTER_CORS_ORIGINS])
  // loads the API, so that the first caller does not wait for it
  await timed('functions', () => fetch(`${gateway.url}/healthz/ready`))
  await recordRunningStack(dataDir, {
    pid: process.pid,
    url: gateway.url,
    env: { ...servicesEnv, HUNTER_PUBLIC_URL: env['HUNTER_PUBLIC_URL'] },
  })
  closers.defer(() => removeRunningStack(dataDir))

  return {
    url: gateway.url,
    port: gateway.port,
    apiKey,
    env: servicesEnv,
    databaseUrl: services.databaseUrl,
    inboxUrl: services.inboxUrl,
    storage: services.storage,
    runSchedule: (name) => hosts[SCHEDULES[name].function].invoke(buildScheduledEvent(SCHEDULES[name], new Date())),
    reload: async () => {
      for (const host of Object.values(hosts))
        await host
          .reload()
          .catch((error: unknown) => onProblem(`the old code keeps serving: ${getErrorMessage(error)}`))
    },
    stop: async () => {
      schedules.stop()
      const functions = Object.values(hosts)
      const idle = [
        gateway.close(GRACE_MS),
        ...pollers.map((poller) => poller.stop()),
        ...functions.map((host) => host.whenIdle()),
      ]
      const waiting = new AbortController()
      await Promise.race([
        Promise.all(idle),
        pause(GRACE_MS, undefined, { signal: waiting.signal }).catch(() => undefined),
      ])
      waiting.abort()
      await Promise.all(functions.map((host) => host.stop())) // fails what is in progress; its message returns
      await closers.disposeAsync()
    },
  }
}

/** A process of its own, so that the builder's memory is free again. The API says how to build a page that is missing. */
async function buildPage(closers: AsyncDisposableStack, onProblem: StackOptions['onProblem']): Promise<void> {
  const stopped = new AbortController()
  closers.defer(() => stopped.abort())
  const script = join(import.meta.dirname, 'build-page.ts')
  await promisify(execFile)(process.execPath, [script], { signal: stopped.signal }).catch((error: unknown) => {
    if (!stopped.signal.aborted) onProblem(`page: ${getErrorMessage(error)}`)
  })
}

function reportRescans({ onRescans }: StackOptions, { domains }: RescanRun): void {
  if (domains > 0) onRescans?.(domains)
}

function stepTimer({ onBegin, onStep }: StackOptions) {
  return async <T>(step: StartStep, work: () => Promise<T>): Promise<T> => {
    onBegin?.(step)
    const startedMs = performance.now()
    const result = await work()
    onStep?.(step, performance.now() - startedMs)
    return result
  }
}

async function startFunctions(
  { dataDir, env, onProblem }: Pick<StackOptions, 'dataDir' | 'onProblem'> & { env: Record<string, string> },
  closers: AsyncDisposableStack,
): Promise<Record<FunctionName, FunctionHost>> {
  await mkdir(join(dataDir, 'logs'), { recursive: true })
  const log = openLineLog(join(dataDir, 'logs', 'functions.log'), onProblem)
  closers.defer(() => log.close())
  const deps = { env, onLine: (line: string) => log.write(line) }
  const hosts = Object.entries(FUNCTION_SPECS).map(([name, spec]) => [name, createFunctionHost(deps, spec)] as const)
  for (const [, host] of hosts) closers.defer(() => host.stop())
  return Object.fromEntries(hosts) as Record<FunctionName, FunctionHost>
}

/** Picks the few variables of this machine that a function may see: no credentials, no proxies. */
function inherited(): Record<string, string> {
  const names = ['PATH', 'HOME', 'TMPDIR', 'LANG']
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])))
}
