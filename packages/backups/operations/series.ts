/**
 * Adds a run to its series: checks that the clock can be right, that the run is later than the existing backups, and
 * that the source is the same database.
 */
import { AppError } from '#platform/errors'
import { type BackupId, getBackupTime } from '#backups/format/backup-id'
import { type BackupRef, type CatalogStore, readAnyManifest } from '#backups/store/catalog'
import type { AnyManifest, Scope } from '#backups/format/manifest'
import { parseManifestKeyId } from '#backups/format/object-keys'
import { isForbidden, type ListedObject, type ObjectStore, type StoreClock } from '#backups/store/object-store'
import { describeScope, isSameScope, getScope } from '#backups/dump/scope'
import { CLOCK_SKEW_MS_MAX, compareNumbered, isFromFuture, formatSpan } from '#backups/store/series-order'
import {
  describeKind,
  describeSource,
  getSourceIdentity,
  isSameSource,
  type SourceIdentity,
} from '#backups/dump/source-identity'

type SeriesStore = CatalogStore & Pick<ObjectStore, 'readClock'>

/** The user's confirmations for this run. */
export interface SeriesOverrides {
  /** Trusts this machine's clock over the store's and over the newest backup's time. */
  allowClockSkew?: boolean | undefined
  /** Continues the series although the source is now another server, database or file. */
  sameDatabase?: boolean | undefined
}

export interface SeriesInput extends SeriesOverrides {
  source: string
  id: BackupId
  identity: SourceIdentity
  /** Absent: the whole of it. */
  scope?: Scope | undefined
}

/** The series fields of the manifest. */
interface SeriesPlace {
  sequence?: number | undefined
  storeTime?: string | undefined
  /** The series' source until now, when it was another one. */
  replaces?: string | undefined
}

/** @throws AppError CLOCK_SKEWED, SOURCE_CHANGED, STORAGE_UNAVAILABLE, USAGE when the part differs from the series' */
export async function joinSeries(store: SeriesStore, input: SeriesInput): Promise<SeriesPlace> {
  const { clock, earlier } = await readInTime(store, input)
  const storeTime = clock?.time.toISOString()
  if (!earlier) return { storeTime }
  const newestRegular = earlier.findLast(({ pinned }) => pinned === undefined)
  const replaces = findReplaced(input, newestRegular)
  if (newestRegular) refuseOtherScope(input, newestRegular)
  const sequence = 1 + Math.max(0, ...earlier.map(({ sequence = 0 }) => sequence))
  return { sequence, storeTime, replaces }
}

/** Checks that a run's id would sort after the existing ones. @throws AppError CLOCK_SKEWED, STORAGE_UNAVAILABLE */
export async function requireInTime(store: SeriesStore, input: Omit<SeriesInput, 'identity'>): Promise<void> {
  await readInTime(store, input)
}

/** @throws AppError CLOCK_SKEWED when the clocks differ too much to tell what is old */
export async function requireRightClock(store: Pick<ObjectStore, 'readClock'>, now: Date): Promise<void> {
  refuseSkew(now, await store.readClock())
}

/** Returns the earlier backups, the newest last. */
async function readInTime(store: SeriesStore, input: Omit<SeriesInput, 'identity'>) {
  const clock = await store.readClock()
  if (!input.allowClockSkew) refuseSkew(getBackupTime(input.id), clock)
  const earlier = (await readEarlier(store, input))?.sort(compareManifests)
  const latest = earlier?.at(-1)
  if (latest && !input.allowClockSkew) refuseOlder(input, latest, clock)
  return { clock, earlier }
}

function refuseSkew(ours: Date, clock: StoreClock | undefined): void {
  const aheadMs = clock ? ours.getTime() - clock.time.getTime() : 0
  if (!clock || Math.abs(aheadMs) <= CLOCK_SKEW_MS_MAX) return
  const times = `${formatSecond(ours)} here, ${formatSecond(clock.time)} there`
  const how = `${formatSpan(Math.abs(aheadMs))} ${aheadMs > 0 ? 'ahead of' : 'behind'}`
  throw new AppError('CLOCK_SKEWED', `this machine's clock is ${how} the backup store's (${times})`, {
    details: { aheadSeconds: Math.round(aheadMs / 1_000) },
  })
}

/**
 * A time that both our clock and the store's contradict is wrong: the run continues, and an alarm reports the backup.
 */
function refuseOlder(
  { id, source }: Pick<SeriesInput, 'id' | 'source'>,
  latest: AnyManifest,
  clock: StoreClock | undefined,
): void {
  const behindMs = getBackupTime(latest.id).getTime() - getBackupTime(id).getTime()
  if (behindMs <= CLOCK_SKEW_MS_MAX || clock?.isIndependent) return
  const by = `${formatSpan(behindMs)} newer than this machine's clock, which says ${formatSecond(getBackupTime(id))}`
  const either = 'Either this clock went back, or the clock was wrong when that backup was made.'
  throw new AppError('CLOCK_SKEWED', `the newest backup of ${source}, ${latest.id}, is ${by}. ${either}`, {
    details: { newest: latest.id, behindSeconds: Math.round(behindMs / 1_000) },
  })
}

function findReplaced({ identity, source, sameDatabase }: SeriesInput, latest: AnyManifest | undefined) {
  if (!latest || isSameSource(latest, identity)) return undefined
  const was = getSourceIdentity(latest)
  const before = was ? describeSource(was) : describeKind(latest)
  if (sameDatabase) return before
  const message = `the backups of ${source} belong to ${before}, but this is ${describeSource(identity)}`
  throw new AppError('SOURCE_CHANGED', message, { details: { newest: latest.id } })
}

/** A part that counted as a backup of the whole would make retention remove the last whole one. */
function refuseOtherScope({ source, scope }: SeriesInput, latest: AnyManifest): void {
  const before = getScope(latest)
  if (isSameScope(before, scope)) return
  const textOf = (one: Scope | undefined) => (one ? `a part (${describeScope(one)})` : 'the whole database')
  const message = `the backups of ${source} hold ${textOf(before)}, but this run backs up ${textOf(scope)}`
  throw new AppError('USAGE', `${message}: give it a name of its own with --name`)
}

const NEWEST_READ = 2
const READS_MAX = 12

/**
 * Reads the candidates for the newest backup: by id, by id without those of the future, and by the store's time.
 * Includes at least one that is not a safety backup, if there is one. Returns undefined for a write-only key.
 */
async function readEarlier(
  store: SeriesStore,
  { source, id }: Pick<SeriesInput, 'id' | 'source'>,
): Promise<AnyManifest[] | undefined> {
  const listed = await store.listObjects(`${source}/`).catch((error: unknown) => {
    if (isForbidden(error)) return undefined
    throw error
  })
  if (!listed) return undefined
  const found = listed.flatMap(parseManifest)
  const byId = found.toSorted((a, b) => (a.id < b.id ? 1 : -1))
  const byTime = found.toSorted((a, b) => b.modifiedAt.getTime() - a.modifiedAt.getTime())
  const present = byId.filter((each) => !isFromFuture(each.id, getBackupTime(id)))
  const first = new Set([byId, present, byTime].flatMap((list) => list.slice(0, NEWEST_READ)).map((each) => each.id))
  const read = await Promise.all([...first].map((id) => readIfWhole(store, { source, id })))
  const manifests = read.filter((manifest) => manifest !== undefined)
  for (const { id } of byId.filter((each) => !first.has(each.id)).slice(0, READS_MAX)) {
    if (manifests.some(({ pinned }) => pinned === undefined)) break
    manifests.push(...[await readIfWhole(store, { source, id })].filter((manifest) => manifest !== undefined))
  }
  return manifests
}

function parseManifest({ key, modifiedAt }: ListedObject): { id: BackupId; modifiedAt: Date }[] {
  const id = parseManifestKeyId(key)
  return id === undefined ? [] : [{ id, modifiedAt }]
}

/** Skips a damaged backup or one that was just removed. */
async function readIfWhole(store: SeriesStore, ref: BackupRef): Promise<AnyManifest | undefined> {
  try {
    return await readAnyManifest(store, ref)
  } catch (error) {
    if (error instanceof AppError && error.code !== 'STORAGE_UNAVAILABLE') return undefined
    throw error
  }
}

function compareManifests(one: AnyManifest, other: AnyManifest): number {
  return compareNumbered(numbered(one), numbered(other))
}

function numbered({ id, sequence = 0 }: AnyManifest) {
  return { id, sequence }
}

function formatSecond(at: Date): string {
  return `${at.toISOString().slice(0, 19)}Z`
}
