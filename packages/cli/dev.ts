import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { GRACE_MS, type Stack, startStack, type StartStep } from '#local/stack'
import { SOURCE_FOLDERS, watchSource } from '#local/watch-source'
import { AppError } from '#platform/errors'
import { readSettings } from '#runtime/settings'
import { toPrintableBeginning } from '#cli/printable'
import { withExamples } from '#cli/command'
import { checkPort } from '#cli/port'
import { ignoreOutputErrors, paint, print, formatSeconds } from '#cli/terminal'

export const devCommand = withExamples(
  {
    args: {
      port: {
        type: 'string',
        description: 'Port of the API; if it is taken, a free one is used (default: HUNTER_PORT)',
      },
      'data-dir': { type: 'string', description: 'Folder of the data (default: HUNTER_DATA_DIR)' },
      ephemeral: { type: 'boolean', description: 'Start empty, and delete everything at the end' },
      watch: {
        type: 'boolean',
        description: 'Reload the functions when a file below functions/ or packages/ changes',
      },
    },
    run: async ({ args }) => {
      const settings = readSettings({
        ...process.env,
        ...(args.port === undefined ? {} : { HUNTER_PORT: checkPort(args.port, '--port') }),
        ...(args['data-dir'] ? { HUNTER_DATA_DIR: args['data-dir'] } : {}),
      })
      if (args.ephemeral && args['data-dir'])
        throw new AppError('USAGE', '--ephemeral cannot be combined with --data-dir: it keeps no data')
      ignoreOutputErrors()
      const stopped = stopSignal()
      const dataDir = args.ephemeral ? await mkdtemp(join(tmpdir(), 'hunter-')) : settings.HUNTER_DATA_DIR
      try {
        const stack = await startDevStack({ dataDir, port: settings.HUNTER_PORT, durable: !args.ephemeral })
        const watching = args.watch ? watchSource(SOURCE_FOLDERS, (files) => reload(stack, files)) : undefined
        await stopped
        watching?.stop()
        print(
          paint(
            'dim',
            `Stopping … work in progress may finish within ${GRACE_MS / 1_000} s; press Ctrl-C again to stop at once`,
          ),
        )
        await stack.stop()
      } finally {
        if (args.ephemeral) await rm(dataDir, { recursive: true, force: true })
      }
    },
  },
  [
    'npm start',
    'npm start -- --watch',
    'npx hunter dev --port 9000 --data-dir /var/lib/hunter',
    'npx hunter dev --ephemeral',
  ],
)

/** Code that runs in this process and is not reloaded. */
const NOT_RELOADED = /^packages\/(?:cli|local|emulators)\//

async function reload(stack: Stack, files: string[]): Promise<void> {
  const own = files.filter((file) => NOT_RELOADED.test(file))
  if (own.length > 0) print(paint('yellow', `${listed(own)} runs in this process: restart it to see the change`))
  if (own.length === files.length) return
  const startedMs = performance.now()
  await stack.reload()
  print(paint('dim', `Reloaded in ${formatSeconds(performance.now() - startedMs)}: ${listed(files)}`))
}

function listed([first = '', ...others]: string[]): string {
  return others.length === 0 ? first : `${first} and ${others.length} more`
}

const STEPS: Record<StartStep, string> = {
  services: 'Starting Postgres, Redis, S3, SQS, RDS and DNS on this machine',
  migrations: 'Applying pending migrations',
  functions: 'Loading the functions',
}

async function startDevStack(options: { dataDir: string; port: number; durable: boolean }): Promise<Stack> {
  let isReady = false
  const stack = await startStack({
    ...options,
    buildsPage: true,
    settings: ownSettings(),
    onBegin: (step) => print(paint('dim', `${STEPS[step]} …`)),
    onAnswer: ({ method, path, status, durationMs }) => {
      if (!isReady || (path === '/healthz/live' && status === 200)) return // our own requests
      const colour = status >= 500 ? 'red' : status >= 400 ? 'yellow' : 'green'
      print(`${paint(colour, String(status))} ${method} ${path} ${paint('dim', formatSeconds(durationMs))}`)
    },
    onRescans: (domains) => print(paint('dim', `Rescans by schedule: ${domains}`)),
    onAlert: ({ kind, body }) =>
      print(`${paint('cyan', 'alert')} ${kind} ${paint('dim', toPrintableBeginning(JSON.stringify(body)))}`),
    onProblem: (message) => process.stderr.write(`${paint('red', 'problem', process.stderr)} ${message}\n`),
  })
  if (options.port !== 0 && stack.port !== options.port) {
    print(paint('yellow', `Port ${options.port} is taken; using ${stack.port}.`))
  }
  isReady = true
  print(banner(stack, options.dataDir))
  return stack
}

function banner({ url, apiKey, databaseUrl, inboxUrl }: Stack, dataDir: string): string {
  const ready = formatSeconds(performance.now())
  const { HUNTER_DATA_DIR } = readSettings(process.env)
  const hunter = dataDir === HUNTER_DATA_DIR ? 'npx hunter' : `HUNTER_DATA_DIR=${dataDir} npx hunter`
  return `
${paint('bold', 'Hunter is ready')} in ${ready}

  Page      ${url}/app/#key=${apiKey}
  API       ${url}/api/v1
  Health    ${url}/healthz/ready
  Key       ${apiKey}
  Database  psql '${databaseUrl}'
  Inbox     ${inboxUrl}/slack, /teams or /webhook takes alerts and shows them here
  Data      ${dataDir} (logs/functions.log has one JSON line per event)

Try, in another terminal:

  curl -s ${url}/api/v1/scan/domain \\
    -H 'Authorization: Bearer ${apiKey}' -H 'Content-Type: application/json' \\
    -d '{"domain":"microsoft.com"}'
  ${hunter} leads list
  ${hunter} backup run

Ctrl-C stops everything.
`
}

/** The developer's own settings, for the functions, too. */
export function ownSettings(): Record<string, string> {
  const own = Object.entries(process.env).filter(([name]) => /^(HUNTER|SENTRY)_/.test(name))
  return Object.fromEntries(own.map(([name, value]) => [name, value ?? '']))
}

/** npm passes Ctrl-C on, so it arrives twice at once: only a later one means that the user will not wait. */
const IMPATIENT_AFTER_MS = 1_000

/** The first signal asks us to stop; a later one ends the process at once. */
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    let askedMs: number | undefined
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        if (askedMs !== undefined && performance.now() - askedMs > IMPATIENT_AFTER_MS) process.exit(1)
        askedMs ??= performance.now()
        resolve()
      })
    }
  })
}
