/** One call of Microsoft's sign-in or of Partner Center, tried once more where that may help. */
import type { Clock } from '#platform/clock'
import { AppError } from '#platform/errors'
import { parseRetryAfter } from '#platform/retry-after'

export interface RequestDeps {
  clock: Clock
  wait: (ms: number) => Promise<void>
  /** A number between 0 and 1. */
  random: () => number
}

interface PartnerRequest {
  url: string
  method: 'GET' | 'POST'
  /** Made for each try: Partner Center refuses an id that it has seen. */
  headers: () => Record<string, string>
  body?: string
  /** No second try begins later, and none lasts much longer. */
  until: Date
}

interface PartnerAnswer {
  status: number
  /** undefined: no JSON. */
  json: unknown
}

const TRIES = 4
const TIMEOUT_MS = 20_000
const TIMEOUT_MS_MIN = 2_000
const BACKOFF_MS = 1_000
/** A page of 100 referrals has some hundred kilobytes; a note has no documented limit. */
const BODY_BYTES_MAX = 16 * 1_048_576
/** Microsoft documents 429, 503 and 509 for calls that come too fast. */
const PASSING = new Set([408, 429, 500, 502, 503, 504, 509])

/**
 * Returns the last answer, whatever its status, except those that pass with time.
 * @throws AppError PARTNER_CENTER_UNAVAILABLE with `retry_after_seconds` in its details when it asked for a pause
 */
export async function request(deps: RequestDeps, asked: PartnerRequest): Promise<PartnerAnswer> {
  for (let attempt = 1; ; attempt += 1) {
    const leftMs = asked.until.getTime() - deps.clock.now().getTime()
    const answer = await tryOnce(asked, Math.min(TIMEOUT_MS, Math.max(TIMEOUT_MS_MIN, leftMs)))
    if (!('problem' in answer)) return answer
    const { problem, cause, retryAfter } = answer
    const now = deps.clock.now()
    const retryAfterMs = parseRetryAfter(retryAfter, now)
    const backoffMs = BACKOFF_MS * 2 ** (attempt - 1) * (0.5 + deps.random() / 2)
    const delayMs = Math.max(backoffMs, Math.min(retryAfterMs ?? 0, RETRY_AFTER_MS_MAX))
    const retryAt = new Date(now.getTime() + delayMs)
    if (attempt === TRIES || retryAt >= asked.until)
      throw new AppError('PARTNER_CENTER_UNAVAILABLE', `${new URL(asked.url).host} ${problem}`, {
        cause,
        ...(retryAfterMs !== undefined && { details: { retry_after_seconds: Math.ceil(delayMs / 1_000) } }),
      })
    await deps.wait(delayMs)
  }
}

/** A longer pause would be a mistake of theirs, or of a clock. */
const RETRY_AFTER_MS_MAX = 6 * 3_600_000

type Passing = { problem: string; retryAfter?: string | undefined; cause?: unknown }

async function tryOnce(
  { url, method, headers, body }: PartnerRequest,
  timeoutMs: number,
): Promise<PartnerAnswer | Passing> {
  try {
    const answer = await fetch(url, {
      method,
      headers: headers(),
      redirect: 'manual', // an address that is not ours to choose
      signal: AbortSignal.timeout(timeoutMs),
      ...(body !== undefined && { body }),
    })
    const json = await readJson(answer)
    if (!PASSING.has(answer.status)) return { status: answer.status, json }
    return { problem: `answered ${answer.status}`, retryAfter: answer.headers.get('retry-after') ?? undefined }
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    return { problem: 'did not answer', cause }
  }
}

async function readJson(answer: Response): Promise<unknown> {
  const pieces: Uint8Array[] = []
  let bytes = 0
  for await (const piece of answer.body ?? []) {
    bytes += piece.byteLength
    if (bytes > BODY_BYTES_MAX)
      throw new AppError('PARTNER_CENTER_REFUSED', `an answer has more than ${BODY_BYTES_MAX} bytes`)
    pieces.push(piece)
  }
  try {
    return JSON.parse(Buffer.concat(pieces).toString()) as unknown
  } catch {
    return undefined
  }
}
