/**
 * Requests missing proofs, so that every backup gets one: a request may be lost with its queue, or exhaust its
 * deliveries.
 */
import * as z from 'zod/mini'
import { type BackupId } from '#backups/format/backup-id'
import type { BackupRef, BackupEntry } from '#backups/store/catalog'
import { buildBackupKeys } from '#backups/format/object-keys'
import type { ObjectStore } from '#backups/store/object-store'
import { CLOCK_SKEW_MS_MAX } from '#backups/store/series-order'

interface Unproven {
  id: BackupId
  /** Time of the first request. */
  writtenAt: Date
  /** Times of the repeated requests. */
  askedAt: Date[]
}

interface ProofDecision {
  id: BackupId
  action: 'ask' | 'wait' | 'give-up'
  reason: string
}

/** The queue delivers a request three times, an hour and a half apart; after that it is certainly lost. */
const PATIENCE_MS = 5 * 60 * 60 * 1000
const ASKED_AGAIN_MAX = 3

export function planProofRequests(unproven: readonly Unproven[], now: Date): ProofDecision[] {
  return unproven.map(({ id, writtenAt, askedAt }) => {
    const stamped = askedAt.at(-1) ?? writtenAt
    const last = stamped.getTime() - now.getTime() > CLOCK_SKEW_MS_MAX ? new Date(0) : stamped // a time in the future comes from a wrong clock
    if (now.getTime() - last.getTime() < PATIENCE_MS) return { id, action: 'wait', reason: 'its proof may be running' }
    if (askedAt.length < ASKED_AGAIN_MAX) return { id, action: 'ask', reason: 'the last request got no answer' }
    return { id, action: 'give-up', reason: `requested ${ASKED_AGAIN_MAX} more times without an answer` }
  })
}

export interface AskDeps {
  store: Pick<ObjectStore, 'getJson' | 'putJson'>
  requestProof: (ref: BackupRef) => Promise<void>
}

/** Sends the request before it records it: a crash in between sends it twice, which is harmless. */
export async function requestProofs(
  { store, requestProof }: AskDeps,
  { source, entries, now }: { source: string; entries: readonly BackupEntry[]; now: Date },
): Promise<ProofDecision[]> {
  const unproven: Unproven[] = []
  for (const entry of entries) {
    if (!entry.readable || entry.state !== 'unproven') continue
    const { createdAt, durationMs } = entry.manifest
    const writtenAt = new Date(Date.parse(createdAt) + durationMs)
    unproven.push({ id: entry.id, writtenAt, askedAt: await readAsked(store, source, entry.id) })
  }
  const plan = planProofRequests(unproven, now)
  for (const { id } of plan.filter(({ action }) => action === 'ask')) {
    await requestProof({ source, id })
    const before = unproven.find((backup) => backup.id === id)?.askedAt ?? []
    await store.putJson(buildRequestsKey(source, id), { askedAt: [...before, now] })
  }
  return plan
}

const askedSchema = z.object({ askedAt: z.array(z.iso.datetime()) })

async function readAsked(store: AskDeps['store'], source: string, id: BackupId): Promise<Date[]> {
  const parsed = z.safeParse(askedSchema, await store.getJson(buildRequestsKey(source, id)))
  return parsed.success ? parsed.data.askedAt.map((at) => new Date(at)) : []
}

function buildRequestsKey(source: string, id: BackupId): string {
  return buildBackupKeys(source, id).manifest.replace(/manifest\.json$/, 'proof-requests.json')
}
