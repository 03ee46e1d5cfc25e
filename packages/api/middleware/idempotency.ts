/**
 * Makes a request safe to send twice: what it did is noted under the caller's `Idempotency-Key` by the transaction that
 * did it, and the same request gets the same answer for a day. A failed request notes nothing and may be sent again.
 */
import { createHash } from 'node:crypto'
import type { Context } from 'hono'
import type { ApiEnv } from '#api/http/context'
import { sendJson } from '#api/http/envelope'
import {
  type Claim,
  CLAIM_MS,
  claimKey,
  type KeptAnswer,
  keepAnswer,
  keepMade,
  letGo,
} from '#api/middleware/idempotency-keys'
import { createSeal, type Seal, type SealDeps } from '#api/middleware/seal'
import { readBytes } from '#api/http/validate'
import { runWithinBudget } from '#db/budget'
import type { Database } from '#db/client'
import { toDatabaseError } from '#db/failure'
import type { Transaction } from '#db/transaction'
import type { Clock } from '#platform/clock'
import { AppError } from '#platform/errors'

interface OnceDeps {
  db: Database
  clock: Clock
  newId: () => string
  /** Where the answer holds a secret: what is kept of it is sealed. */
  seal?: SealDeps
}

export interface Work<Made extends object, Result> {
  /** Does the work, and calls `keep` in the transaction that does it. */
  run: (keep: (tx: Transaction, made: Made) => Promise<void>) => Promise<Result>
  /** What the work gave, told from what was kept, where its answer was lost. */
  recall: (made: Made) => Promise<Result>
  /** Changes nothing when it is called again. */
  answer: (result: Result) => Promise<Response>
}

/** @throws AppError VALIDATION_FAILED, IDEMPOTENCY_KEY_REUSED, IDEMPOTENCY_IN_FLIGHT, and what the work throws */
export async function once<Made extends object, Result>(
  c: Context<ApiEnv>,
  deps: OnceDeps,
  work: Work<Made, Result>,
): Promise<Response> {
  const key = presentedKey(c)
  if (key === undefined) return work.answer(await work.run(async () => undefined))
  const { keyid } = c.get('key')
  const claimed = await claimKey(deps, { keyid, key, requestHash: await hashOf(c) })
  const cover = deps.seal ? sealed(createSeal(deps.seal, `${keyid}\n${key}`)) : PLAIN
  if ('answer' in claimed) return replay(c, { ...claimed.answer, body: cover.showText(claimed.answer.body) })
  const { claim, made } = claimed
  try {
    const result =
      made === null
        ? await work.run((tx, made) => keepMade(tx, claim, cover.hide(made)))
        : await work.recall(cover.show(made) as Made)
    const response = await work.answer(result)
    const answer = await answerOf(response)
    await keepAnswer(deps.db, claim, { ...answer, body: cover.hideText(answer.body) })
    return response
  } catch (thrown) {
    throw (await release(deps, claim)) ? thrown : heldUp(thrown)
  }
}

/** How what was made and what was answered stand in the database. */
interface Cover {
  hide(made: object): object
  show(kept: unknown): unknown
  hideText(body: string): string
  showText(kept: string): string
}

const PLAIN: Cover = { hide: (made) => made, show: (kept) => kept, hideText: (body) => body, showText: (kept) => kept }

function sealed(seal: Seal): Cover {
  return {
    hide: (made) => ({ sealed: seal.close(JSON.stringify(made)) }),
    show: (kept) => JSON.parse(seal.open((kept as { sealed: string }).sealed)) as unknown,
    hideText: (body) => seal.close(body),
    showText: (kept) => seal.open(kept),
  }
}

const KEY = /^[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?$/

function presentedKey(c: Context<ApiEnv>): string | undefined {
  const key = c.req.header('Idempotency-Key')
  if (key === undefined || KEY.test(key)) return key
  const fields = [{ field: 'Idempotency-Key', message: 'must be 1 to 255 printable ASCII characters' }]
  throw new AppError('VALIDATION_FAILED', 'the Idempotency-Key is invalid', { details: { fields } })
}

async function hashOf(c: Context<ApiEnv>): Promise<Buffer> {
  const { pathname, search } = new URL(c.req.url)
  const hash = createHash('sha256').update(`${c.req.method} ${pathname}${search}\n`)
  return hash.update(await readBytes(c)).digest()
}

async function answerOf(response: Response): Promise<KeptAnswer> {
  const location = response.headers.get('Location')
  return { status: response.status as KeptAnswer['status'], location, body: await response.clone().text() }
}

function replay(c: Context<ApiEnv>, { status, location, body }: KeptAnswer): Response {
  c.header('Idempotency-Replayed', 'true')
  c.header('Cache-Control', 'no-store')
  if (location !== null) c.header('Location', location)
  return sendJson(c, body, status)
}

const RELEASE_TIMEOUT_MS = 1_000

/** The failure of the work is what must be told; a claim that cannot be given back runs out. */
async function release(deps: OnceDeps, claim: Claim): Promise<boolean> {
  // what is left of the request's time for the database may be nothing
  return runWithinBudget(RELEASE_TIMEOUT_MS, () => letGo(deps, claim)).then(
    () => true,
    () => false,
  )
}

/** Who comes again before the claim has run out is only told to come later. */
function heldUp(thrown: unknown): unknown {
  const error = toDatabaseError(thrown)
  if (error?.kind !== 'unavailable') return thrown
  const details = { ...error.details, retry_after_seconds: CLAIM_MS / 1_000 }
  return new AppError(error.code, error.message, { details, cause: thrown })
}
