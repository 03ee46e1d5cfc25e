import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '#platform/clock'
import { AppError, messageOf } from '#platform/errors'
import type { BackupId } from '#backups/backup-id'
import { readManifest } from '#backups/catalog'
import { type Comparison, compareCopy } from '#backups/compare-copy'
import { type Manifest, type Proof, PROOF_VERSION, type ProofCheck, VERIFIED_LEVEL } from '#backups/manifest'
import { keysOf } from '#backups/object-keys'
import type { ObjectStore } from '#backups/object-store'
import { openPgliteTarget } from '#backups/pglite-target'
import { readMember } from '#backups/read-member'
import { restoreDump } from '#backups/restore-dump'
import type { RestoreTarget } from '#backups/restore-target'

export interface ProofDeps {
  store: ObjectStore
  clock: Clock
  /** An existing folder on disk with room for about twice the database. */
  tempDir: string
}

export interface ProofInput {
  source: string
  id: BackupId
  toolVersion: string
}

interface Findings {
  checks: ProofCheck[]
  restoreMs?: number
  restoredInto?: string
}

/**
 * Proves a backup by restoring it into an embedded Postgres, and writes down what was found beside it. The proof of a bad
 * backup is an answer, not an error; a bucket that doesn't answer proves nothing and is one.
 * @throws AppError BACKUP_NOT_FOUND, BACKUP_DAMAGED (of the manifest), STORAGE_UNAVAILABLE
 */
export async function verifyBackup(deps: ProofDeps, { source, id, toolVersion }: ProofInput): Promise<Proof> {
  const manifest = await readManifest(deps.store, { source, id })
  const startedAt = deps.clock.now()
  const { checks, ...restored } = await examine(deps, manifest)
  const level = levelOf(checks)
  const proof: Proof = {
    version: PROOF_VERSION,
    backupId: id,
    level,
    verified: level >= VERIFIED_LEVEL,
    checks,
    startedAt: startedAt.toISOString(),
    durationMs: deps.clock.now().getTime() - startedAt.getTime(),
    ...restored,
    toolVersion,
  }
  await deps.store.putJson(keysOf(source, id).proof, proof)
  return proof
}

/** The proof, if it is one. @throws AppError BACKUP_DAMAGED when the object is not what was written, else BACKUP_UNPROVEN */
export function requireVerified(proof: Proof): Proof {
  if (proof.verified) return proof
  const failed = proof.checks.find((check) => !check.passed)
  const code = proof.level < 2 ? 'BACKUP_DAMAGED' : 'BACKUP_UNPROVEN'
  const reason = failed ? `${failed.name}: ${failed.reason}` : 'no check ran'
  throw new AppError(code, `backup ${proof.backupId} is not verified (${reason})`, { details: { level: proof.level } })
}

/** Each level stands on the one below; the first that fails ends the examination. */
async function examine({ store, clock, tempDir }: ProofDeps, manifest: Manifest): Promise<Findings> {
  const checks: ProofCheck[] = [await check('stream hash', 1, () => checkHash(store, manifest))]
  if (allPassed(checks)) checks.push(await check('structure', 2, () => checkStructure(store, manifest)))
  if (!allPassed(checks)) return { checks }

  const dir = await mkdtemp(join(tempDir, 'hunter-proof-'))
  let target: RestoreTarget | undefined
  try {
    const startedAt = clock.now().getTime()
    checks.push(
      await check('restored', 3, async () => {
        target = await openPgliteTarget({ dir: join(dir, 'data'), extensions: manifest.database.extensions })
        await restoreDump(store, manifest, target)
      }),
    )
    if (!allPassed(checks) || !target) return { checks }
    const restoreMs = clock.now().getTime() - startedAt
    checks.push(...(await checkCopy(store, manifest, target)))
    return { checks, restoreMs, restoredInto: target.name }
  } finally {
    await target?.close()
    await rm(dir, { recursive: true, force: true })
  }
}

async function checkHash(store: ObjectStore, { object }: Manifest): Promise<void> {
  const sha = createHash('sha256')
  let bytes = 0
  for await (const chunk of await store.read(object)) {
    sha.update(chunk)
    bytes += chunk.length
  }
  if (bytes !== object.gzipBytes) throw damaged(`the object has ${bytes} bytes and not ${object.gzipBytes}`)
  if (sha.digest('hex') !== object.sha256) throw damaged('the object is not what was written')
}

/** Members follow each other without a gap, and each is one gzip member with the first and last lines of its kind. */
async function checkStructure(store: ObjectStore, manifest: Manifest): Promise<void> {
  let end = 0
  for (const member of manifest.members) {
    if (member.start !== end) throw damaged(`${member.name} begins at byte ${member.start} and not at ${end}`)
    end = member.end
    for await (const chunk of readMember(store, manifest, member)) void chunk
  }
  if (end !== manifest.object.gzipBytes) throw damaged(`the last part ends at byte ${end}`)
  const [first, last] = [manifest.members[0], manifest.members.at(-1)]
  if (first?.kind !== 'pre-data' || last?.kind !== 'refresh') throw damaged('the dump has no beginning or no end')
}

async function checkCopy(store: ObjectStore, manifest: Manifest, target: RestoreTarget): Promise<ProofCheck[]> {
  let comparisons: Comparison[] = []
  const compared = await check('compared', 4, async () => {
    comparisons = await compareCopy(store, manifest, target)
  })
  if (!compared.passed) return [compared]
  return comparisons.map((comparison) => ({ ...comparison, level: 4 }))
}

async function check(name: string, level: number, run: () => Promise<void>): Promise<ProofCheck> {
  try {
    await run()
    return { name, level, passed: true }
  } catch (error) {
    if (error instanceof AppError && error.code === 'STORAGE_UNAVAILABLE') throw error
    return { name, level, passed: false, reason: messageOf(error) }
  }
}

function levelOf(checks: ProofCheck[]): number {
  let level = 0
  for (const { level: next, passed } of checks) {
    if (!passed) return Math.min(level, next - 1)
    level = next
  }
  return level
}

function allPassed(checks: ProofCheck[]): boolean {
  return checks.every(({ passed }) => passed)
}

function damaged(message: string): AppError {
  return new AppError('BACKUP_DAMAGED', message)
}
