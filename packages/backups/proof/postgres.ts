import type { Clock } from '#platform/clock'
import { AppError } from '#platform/errors'
import { type Assertion, requireHolds } from '#backups/proof/assertions'
import { checkLayout, checkMembers } from '#backups/dump/check'
import { type Comparison, compareCopy } from '#backups/restore/compare'
import { type Manifest, type ProofCheck, VERIFIED_LEVEL } from '#backups/format/manifest'
import type { ObjectStore } from '#backups/store/object-store'
import { areAllPassed, runCheck, type Findings } from '#backups/proof/checks'
import { makeSuperusers } from '#backups/proof/roles'
import { mapEnvironmentFailure } from '#backups/proof/environment-failure'
import {
  findEmbeddedObstacle,
  openEmbedded,
  openOnServer,
  type PlaceDeps,
  type ProofPlace,
} from '#backups/proof/environment'
import { watchTarget } from '#backups/proof/watch'
import { restoreDump } from '#backups/restore/load-dump'
import { type OnRestore, reportProgress } from '#backups/restore/progress'
import type { RestoreTarget } from '#backups/restore/target'

export interface PostgresProofDeps extends PlaceDeps {
  store: ObjectStore
  clock: Clock
  /** Called with the progress whenever it changes. */
  onProgress?: OnRestore | undefined
}

/** Result of a proof in the embedded Postgres, and why it may not be final. */
interface EmbeddedTry {
  found?: Findings
  refusal?: string
  /** Failure of the environment; the backup itself may be fine. */
  fault?: AppError
}

/**
 * Proves levels 2 to 5 of a dump. When the embedded server cannot hold the copy, or changes it, the proof moves to the
 * scratch server if there is one, and says so.
 */
export async function examineDump(
  deps: PostgresProofDeps,
  manifest: Manifest,
  assertions: Assertion[],
): Promise<Findings> {
  const layout = await runCheck('structure', 2, () => checkLayout(manifest))
  if (!layout.passed) return { checks: [layout] }
  const { found, refusal, fault } = await tryEmbedded(deps, manifest, assertions)
  if (found && refusal === undefined) return found
  const { scratchUrl } = deps
  if (scratchUrl !== undefined && !deps.watch.isOverdue()) {
    deps.watch.doing('waiting for the scratch server')
    const place = await mapEnvironmentFailure(() => openOnServer(deps, scratchUrl, manifest))
    return remarkRestored(await examineIn(deps, manifest, assertions, place), `on the scratch server: ${refusal}`)
  }
  if (found) return remarkFailed(found, `${refusal}; the proof may pass on a scratch server (--scratch)`)
  if (fault) throw fault
  const structure = await runCheck('structure', 2, () => checkMembers(deps.store, manifest)) // This check needs no server.
  if (!structure.passed) return { checks: [structure] }
  throw new AppError(
    'PROOF_PLACE_MISSING',
    `backup ${manifest.id} stays unproven: ${refusal}, and no scratch server is set`,
  )
}

async function tryEmbedded(deps: PostgresProofDeps, manifest: Manifest, assertions: Assertion[]): Promise<EmbeddedTry> {
  try {
    const obstacle = await mapEnvironmentFailure(() => findEmbeddedObstacle(deps, manifest))
    if (obstacle !== undefined) return { refusal: obstacle }
    const place = await mapEnvironmentFailure(() => openEmbedded(deps, manifest))
    const found = await examineIn(deps, manifest, assertions, place)
    const failed = found.checks.find(
      ({ level, passed }) => !passed && level >= RESTORED_LEVEL && level <= VERIFIED_LEVEL,
    )
    return failed ? { found, refusal: whyRefused(place.target, manifest, failed) } : { found }
  } catch (fault) {
    if (!(fault instanceof AppError) || fault.code !== 'PROOF_PLACE_FAILED') throw fault
    return { fault, refusal: fault.message }
  }
}

const RESTORED_LEVEL = 3

/**
 * The embedded server has one version and one encoding, which may differ from the source's, and lacks some of a
 * server's features.
 */
function whyRefused({ name, serverMajor }: RestoreTarget, { database }: Manifest, failed: ProofCheck): string {
  if (serverMajor !== database.serverMajor || database.encoding !== 'UTF8')
    return `${name}, is not Postgres ${database.serverMajor} with ${database.encoding}`
  return `${name}, ${failed.level === RESTORED_LEVEL ? 'lacks a part of a server' : 'restored it differently'} (${failed.reason})`
}

function remarkRestored(found: Findings, remark: string): Findings {
  return { ...found, checks: found.checks.map((each) => (each.name === 'restored' ? remarked(each, remark) : each)) }
}

function remarkFailed(found: Findings, remark: string): Findings {
  return { ...found, checks: found.checks.map((each) => (each.passed ? each : remarked(each, remark))) }
}

function remarked(check: ProofCheck, remark: string): ProofCheck {
  return { ...check, reason: check.reason === undefined ? remark : `${check.reason} (${remark})` }
}

/**
 * A restore reads every member to its end and so checks the structure as well. Only when it fails are the members read
 * again, to distinguish a damaged object from bad SQL. Closes the place.
 */
async function examineIn(
  { store, clock, watch, onProgress }: PostgresProofDeps,
  manifest: Manifest,
  assertions: Assertion[],
  place: ProofPlace,
): Promise<Findings> {
  const startedAt = clock.now().getTime()
  const target = reportProgress(watchTarget(place.target, watch), manifest, onProgress)
  try {
    const restored = await runCheck('restored', RESTORED_LEVEL, async () => {
      if (target.isEmbedded) await makeSuperusers(store, manifest, target)
      await restore(store, manifest, target)
    })
    const structure = await runCheck('structure', 2, () =>
      restored.passed ? undefined : checkMembers(store, manifest),
    )
    if (!structure.passed) return { checks: [structure] }
    if (!restored.passed) return { checks: [structure, restored] }
    const restoredAt = clock.now().getTime()
    const compared = await checkCopy(store, manifest, target)
    const comparedAt = clock.now().getTime()
    const asserted = areAllPassed(compared) ? await checkAssertions(target, assertions) : []
    return {
      checks: [structure, restored, ...compared, ...asserted],
      restoreMs: restoredAt - startedAt,
      compareMs: comparedAt - restoredAt,
      restoredInto: target.name,
    }
  } finally {
    await place.close()
  }
}

/**
 * Restores in one transaction when possible: rows that arrive in the transaction that created their table need no log.
 */
async function restore(store: ObjectStore, manifest: Manifest, target: RestoreTarget): Promise<void> {
  if (target.copiesMax > 1) return restoreDump(store, manifest, target)
  await target.execute('BEGIN')
  await restoreDump(store, manifest, target)
  await target.execute('COMMIT')
}

async function checkCopy(store: ObjectStore, manifest: Manifest, target: RestoreTarget): Promise<ProofCheck[]> {
  let comparisons: Comparison[] = []
  const compared = await runCheck('compared', 4, async () => {
    comparisons = await compareCopy(store, manifest, target)
  })
  return compared.passed ? comparisons.map((comparison) => ({ ...comparison, level: 4 })) : [compared]
}

async function checkAssertions(target: RestoreTarget, assertions: Assertion[]): Promise<ProofCheck[]> {
  const checks: ProofCheck[] = []
  for (const assertion of assertions)
    checks.push(await runCheck(assertion.name, 5, () => requireHolds(target, assertion)))
  return checks
}
