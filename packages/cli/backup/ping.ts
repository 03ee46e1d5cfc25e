/**
 * Tells a monitor that a backup begins and how it ended, in the protocol of Healthchecks.io
 * (https://healthchecks.io/docs/http_api): POST to URL/start, then to URL or URL/fail, with the same run id. A monitor
 * that does not answer neither fails nor delays the backup.
 */
import { AppError } from '#platform/errors'
import { describeFailure } from '#backups/operations/run-record'
import { EXIT_STATUS, toExitStatus } from '#cli/exit-status'
import { formatSeconds } from '#cli/terminal'

export interface PingDeps {
  fetch: typeof globalThis.fetch
  nowMs: () => number
  newRunId: () => string
  warn: (text: string) => void
}

const ATTEMPTS = 2
/** Limit of each attempt. The backup is done by then, and its end waits for two attempts at most. */
const PATIENCE_MS = 5_000

/** Runs `work`, which returns what was backed up. @throws AppError USAGE for a bad URL, or whatever `work` throws */
export async function withPings(deps: PingDeps, text: string | undefined, work: () => Promise<string>): Promise<void> {
  if (text === undefined) return void (await work())
  const url = parsePingUrl(text)
  const rid = deps.newRunId()
  const startedMs = deps.nowMs()
  const ended = (end: Ping) => begun.then(() => ping(deps, url, { ...end, rid }))
  const took = () => `took ${formatSeconds(deps.nowMs() - startedMs)}`
  const begun = ping(deps, url, { suffix: '/start', body: '', rid }) // does not hold up the backup
  try {
    const done = await work()
    await ended({ suffix: '', body: `${done}\n${took()}` })
  } catch (error) {
    await ended({ suffix: '/fail', body: `${failureText(error)}\n${took()}` })
    throw error
  }
}

interface Ping {
  suffix: '/start' | '/fail' | ''
  body: string
}

/** @throws AppError USAGE */
export function parsePingUrl(text: string): URL {
  if (/^https?:\/\//i.test(text) && URL.canParse(text)) return new URL(text)
  throw new AppError('USAGE', '--ping must be an http or https URL, such as https://hc-ping.com/your-uuid')
}

async function ping(deps: PingDeps, base: URL, { suffix, body, rid }: Ping & { rid: string }): Promise<void> {
  const url = new URL(base)
  url.pathname = url.pathname.replace(/\/+$/, '') + suffix
  url.searchParams.set('rid', rid)
  const { username, password } = base
  url.username = url.password = ''
  const basic = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')
  const headers = username === '' ? {} : { authorization: `Basic ${basic}` }
  for (let attempt = 1; ; attempt += 1) {
    try {
      const answer = await deps.fetch(url, { method: 'POST', body, headers, signal: AbortSignal.timeout(PATIENCE_MS) })
      await answer.body?.cancel()
      if (answer.ok) return
      throw new Error(`it answered ${answer.status}`)
    } catch (error) {
      if (attempt < ATTEMPTS) continue
      const { reason } = describeFailure((error as { cause?: unknown }).cause ?? error)
      return deps.warn(`warning: the ping to ${url.host} failed (${reason}); the backup is not affected`)
    }
  }
}

/** The reason as the run's record has it: one line, without passwords. */
function failureText(error: unknown): string {
  const { code, reason } = describeFailure(error)
  const status = error instanceof AppError ? toExitStatus(error.kind) : EXIT_STATUS.internal
  return `${code}: ${reason}\nexit status ${status}`
}
