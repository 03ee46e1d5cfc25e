import type { Clock } from '#platform/clock'
import { AppError } from '#platform/errors'
import { type Assertion, requireHolds } from '#backups/assertions'
import { checkLayout, checkMembers } from '#backups/check-dump'
import { type Comparison, compareCopy } from '#backups/compare-copy'
import type { Manifest, ProofCheck } from '#backups/manifest'
import type { ObjectStore } from '#backups/object-store'
import { allPassed, check, type Findings } from '#backups/proof-checks'
import { makeSuperusers } from '#backups/proof-roles'
import { openProofPlace, type PlaceDeps, type ProofPlace } from '#backups/proof-place'
import { restoreDump } from '#backups/restore-dump'
import type { RestoreTarget } from '#backups/restore-target'

export interface PostgresProofDeps extends PlaceDeps {
  store: ObjectStore
  clock: Clock
}

/**
 * Levels 2 to 5 of a dump's proof. What an older server or another encoding holds, the embedded server may refuse or
 * print otherwise: then it is proven on the scratch server, if there is one.
 */
export async function examineDump(
  deps: PostgresProofDeps,
  manifest: Manifest,
  assertions: Assertion[],
): Promise<Findings> {
  const { refusedBy, ...found } = await examineOnce(deps, manifest, assertions)
  if (refusedBy === undefined) return found
  if (deps.scratchUrl !== undefined) return examineDump({ ...deps, embeddedBytesMax: 0 }, manifest, assertions)
  const { serverMajor, encoding } = manifest.database
  const remark = `${refusedBy}, is no Postgres ${serverMajor} with ${encoding}: on a scratch server that is, it may pass`
  return { ...found, checks: found.checks.map((each) => (each.passed ? each : remarked(each, remark))) }
}

function remarked(check: ProofCheck, remark: string): ProofCheck {
  return { ...check, reason: `${check.reason} (${remark})` }
}

/**
 * A restore reads every member to its end and so checks the structure on the way; only when it fails are the members
 * read once more, to tell a bad object from bad SQL.
 */
async function examineOnce(
  deps: PostgresProofDeps,
  manifest: Manifest,
  assertions: Assertion[],
): Promise<Findings & { refusedBy?: string }> {
  const { store, clock } = deps
  const layout = await check('structure', 2, () => checkLayout(manifest))
  if (!layout.passed) return { checks: [layout] }
  const startedAt = clock.now().getTime()
  const place = await openOrFindDamage(deps, manifest)
  if ('checks' in place) return place
  try {
    const restored = await check('restored', 3, async () => {
      if (place.target.isEmbedded) await makeSuperusers(store, manifest, place.target)
      await restore(store, manifest, place.target)
    })
    const structure = restored.passed ? layout : await check('structure', 2, () => checkMembers(store, manifest))
    if (!structure.passed) return { checks: [structure] }
    const refusedBy = isUnlike(place.target, manifest) ? { refusedBy: place.target.name } : {}
    if (!restored.passed) return { checks: [structure, restored], ...refusedBy }
    const restoredAt = clock.now().getTime()
    const compared = await checkCopy(store, manifest, place.target)
    const comparedAt = clock.now().getTime()
    const asserted = allPassed(compared) ? await checkAssertions(place.target, assertions) : []
    return {
      checks: [structure, restored, ...compared, ...asserted],
      restoreMs: restoredAt - startedAt,
      compareMs: comparedAt - restoredAt,
      restoredInto: place.target.name,
      ...(differsInPrintOnly(compared) ? refusedBy : {}),
    }
  } finally {
    await place.close()
  }
}

/** What nothing here can hold is read all the same: a damaged object is one wherever it would be restored. */
async function openOrFindDamage(deps: PostgresProofDeps, manifest: Manifest): Promise<ProofPlace | Findings> {
  try {
    return await openProofPlace(deps, manifest)
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'PROOF_PLACE_MISSING') throw error
    const structure = await check('structure', 2, () => checkMembers(deps.store, manifest))
    if (structure.passed) throw error
    return { checks: [structure] }
  }
}

/** The embedded one has one version and one encoding, which the source need not have. */
function isUnlike({ isEmbedded, serverMajor }: RestoreTarget, { database }: Manifest): boolean {
  return isEmbedded && (serverMajor !== database.serverMajor || database.encoding !== 'UTF8')
}

function differsInPrintOnly(compared: ProofCheck[]): boolean {
  return !allPassed(compared) && compared.every(({ name, passed }) => passed || name === 'catalog')
}

/** In one transaction where it can be: tables that are filled in the transaction that made them need no log. */
async function restore(store: ObjectStore, manifest: Manifest, target: RestoreTarget): Promise<void> {
  if (target.copiesMax > 1) return restoreDump(store, manifest, target)
  await target.execute('BEGIN')
  await restoreDump(store, manifest, target)
  await target.execute('COMMIT')
}

async function checkCopy(store: ObjectStore, manifest: Manifest, target: RestoreTarget): Promise<ProofCheck[]> {
  let comparisons: Comparison[] = []
  const compared = await check('compared', 4, async () => {
    comparisons = await compareCopy(store, manifest, target)
  })
  return compared.passed ? comparisons.map((comparison) => ({ ...comparison, level: 4 })) : [compared]
}

async function checkAssertions(target: RestoreTarget, assertions: Assertion[]): Promise<ProofCheck[]> {
  const checks: ProofCheck[] = []
  for (const assertion of assertions) checks.push(await check(assertion.name, 5, () => requireHolds(target, assertion)))
  return checks
}
