/**
 * Makes requests idempotent. The transaction that does the work records its outcome under the caller's
 * `Idempotency-Key`, and a repeated request gets the same answer for a day. A failed request records nothing and may be
 * repeated.
 */
import { createHash } from 'node:crypto'
import type { Context } from 'hono'
import type { ApiEnv } from '#api/http/context'
import { sendJson } from '#api/http/envelope'
import {
  type Claim,
  CLAIM_TTL_MS,
  claimKey,
  type SavedAnswer,
  recordAnswer,
  recordOutcome,
  releaseClaim,
} from '#api/middleware/idempotency-keys'
import { createSeal, type Seal, type SealDeps } from '#keys/seal'
import { readBytes } from '#api/http/validate'
import { runWithinBudget } from '#db/budget'
import type { Database } from '#db/client'
import { toDatabaseError } from '#db/failure'
import type { Transaction } from '#db/transaction'
import type { Clock } from '#platform/clock'
import { AppError } from '#platform/errors'

export interface IdempotencyDeps {
  db: Database
  clock: Clock
  newId: () => string
  /** Set when the answer contains a secret: the stored copy is encrypted. */
  seal?: SealDeps
  /** Most bytes of the body; absent: as many as JSON may have. */
  bodyBytesMax?: number
}

export interface Work<Outcome extends object, Result> {
  /** Does the work and calls `record` in its transaction. */
  run: (record: (tx: Transaction, outcome: Outcome) => Promise<void>) => Promise<Result>
  /** Rebuilds the result from the recorded outcome when the answer was lost. */
  recall: (outcome: Outcome) => Promise<Result>
  /** Builds the answer. It may run again, so it must be idempotent. */
  answer: (result: Result) => Promise<Response>
}

/** @throws AppError VALIDATION_FAILED, IDEMPOTENCY_KEY_REUSED, IDEMPOTENCY_IN_FLIGHT, and what the work throws */
export async function withIdempotencyKey<Outcome extends object, Result>(
  c: Context<ApiEnv>,
  deps: IdempotencyDeps,
  work: Work<Outcome, Result>,
): Promise<Response> {
  const key = parseIdempotencyKey(c)
  if (key === undefined) return work.answer(await work.run(async () => undefined))
  const { keyid } = c.get('key')
  const claimed = await claimKey(deps, { keyid, key, requestHash: await hashRequest(c, deps.bodyBytesMax) })
  const codec = deps.seal ? createSealedCodec(createSeal(deps.seal, `${keyid}\n${key}`)) : PLAIN
  if ('answer' in claimed) return replay(c, { ...claimed.answer, body: codec.decodeText(claimed.answer.body) })
  const { claim, outcome } = claimed
  try {
    const result =
      outcome === null
        ? await work.run((tx, outcome) => recordOutcome(tx, claim, codec.encode(outcome)))
        : await work.recall(codec.decode(outcome) as Outcome)
    const response = await work.answer(result)
    const answer = await toSavedAnswer(response)
    await recordAnswer(deps.db, claim, { ...answer, body: codec.encodeText(answer.body) })
    return response
  } catch (thrown) {
    throw (await tryRelease(deps, claim)) ? thrown : delayRetry(thrown)
  }
}

/** How the database stores outcomes and answers. */
interface Codec {
  encode(outcome: object): object
  decode(saved: unknown): unknown
  encodeText(body: string): string
  decodeText(saved: string): string
}

const PLAIN: Codec = {
  encode: (outcome) => outcome,
  decode: (saved) => saved,
  encodeText: (body) => body,
  decodeText: (saved) => saved,
}

function createSealedCodec(seal: Seal): Codec {
  return {
    encode: (outcome) => ({ sealed: seal.encrypt(JSON.stringify(outcome)) }),
    decode: (saved) => JSON.parse(seal.decrypt((saved as { sealed: string }).sealed)) as unknown,
    encodeText: (body) => seal.encrypt(body),
    decodeText: (saved) => seal.decrypt(saved),
  }
}

const KEY = /^[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?$/

function parseIdempotencyKey(c: Context<ApiEnv>): string | undefined {
  const key = c.req.header('Idempotency-Key')
  if (key === undefined || KEY.test(key)) return key
  const fields = [{ field: 'Idempotency-Key', message: 'must be 1 to 255 printable ASCII characters' }]
  throw new AppError('VALIDATION_FAILED', 'the Idempotency-Key is invalid', { details: { fields } })
}

async function hashRequest(c: Context<ApiEnv>, bodyBytesMax: number | undefined): Promise<Buffer> {
  const { pathname, search } = new URL(c.req.url)
  const path = c.get('isLegacyPath') ? `/api/v1${pathname}` : pathname // both families name the same work
  const hash = createHash('sha256').update(`${c.req.method} ${path}${search}\n`)
  return hash.update(await readBytes(c, bodyBytesMax)).digest()
}

async function toSavedAnswer(response: Response): Promise<SavedAnswer> {
  const location = response.headers.get('Location')
  return { status: response.status as SavedAnswer['status'], location, body: await response.clone().text() }
}

function replay(c: Context<ApiEnv>, { status, location, body }: SavedAnswer): Response {
  c.header('Idempotency-Replayed', 'true')
  c.header('Cache-Control', 'no-store')
  if (location !== null) c.header('Location', location)
  return sendJson(c, body, status)
}

const RELEASE_TIMEOUT_MS = 1_000

/** Returns false when the release fails: the caller needs the error of the work, and the claim expires anyway. */
async function tryRelease(deps: IdempotencyDeps, claim: Claim): Promise<boolean> {
  // a budget of its own: the request may have used up its time for the database
  return runWithinBudget(RELEASE_TIMEOUT_MS, () => releaseClaim(deps, claim)).then(
    () => true,
    () => false,
  )
}

/** The claim could not be released: tells the caller to wait until it expires. */
function delayRetry(thrown: unknown): unknown {
  const error = toDatabaseError(thrown)
  if (error?.kind !== 'unavailable') return thrown
  const details = { ...error.details, retry_after_seconds: CLAIM_TTL_MS / 1_000 }
  return new AppError(error.code, error.message, { details, cause: thrown })
}
