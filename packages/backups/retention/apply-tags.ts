/**
 * Reads what the retention plan needs from the bucket and writes the plan's tags. Both are idempotent and safe to run
 * concurrently.
 */
import pLimit from 'p-limit'
import type { BackupId } from '#backups/format/backup-id'
import { type BackupEntry, type CatalogStore, listBackups } from '#backups/store/catalog'
import { getBackupKind } from '#backups/format/manifest'
import { parseBackupKey, isRunKey } from '#backups/format/object-keys'
import type { ListedObject } from '#backups/store/object-store'
import { RETENTION_TAG_KEY, type Tier, TIERS } from '#backups/format/retention-tiers'
import {
  planRetention,
  type RetainedBackup,
  type RetainedObject,
  type RetentionDecision,
  type RetentionInput,
} from '#backups/retention/plan'
import type { TagStore } from '#backups/store/tag-store'

export interface RetentionDeps {
  store: CatalogStore
  tags: TagStore
}

interface PlanDeps {
  store: CatalogStore
  tags: Pick<TagStore, 'tagsOf'>
}

interface PlanInput extends RetentionInput {
  source: string
  /** Decides these alone, and reads the tags of no others; absent: all. */
  only?: ReadonlySet<BackupId> | undefined
}

const REQUESTS_AT_ONCE = 8

/** @throws AppError STORAGE_UNAVAILABLE */
export async function readRetentionPlan(
  deps: PlanDeps,
  { source, only, ...input }: PlanInput,
): Promise<RetentionDecision[]> {
  const plan = planRetention(await readRetained(deps, source, only), input)
  return plan.filter(({ id }) => only?.has(id) ?? true)
}

/** Returns the decisions that changed a tag. @throws AppError STORAGE_UNAVAILABLE */
export async function applyRetention(
  { tags }: Pick<RetentionDeps, 'tags'>,
  plan: readonly RetentionDecision[],
): Promise<RetentionDecision[]> {
  const changing = plan.filter(({ changes }) => changes.length > 0)
  const limit = pLimit(REQUESTS_AT_ONCE)
  const writes = changing.flatMap(({ changes, tier }) => changes.map((key) => limit(() => writeTier(tags, key, tier))))
  await Promise.all(writes)
  return changing
}

async function readRetained(
  { store, tags }: PlanDeps,
  source: string,
  only: PlanInput['only'],
): Promise<RetainedBackup[]> {
  const listed = await store.listObjects(`${source}/`)
  const entries = new Map((await listBackups(store, source)).map((entry) => [entry.id, entry]))
  const limit = pLimit(REQUESTS_AT_ONCE)
  const backups = [...Map.groupBy(listed, ({ key }) => parseBackupKey(key)?.id)].map(async ([id, listed]) => {
    const isRead = id !== undefined && (only?.has(id) ?? true)
    const tagged = await Promise.all(isRead ? listed.map(({ key }) => limit(() => readObject(tags, key))) : [])
    return (
      id && toRetainedBackup(id, entries.get(id), { listed, tagged: tagged.filter((object) => object !== undefined) })
    )
  })
  return (await Promise.all(backups)).filter((backup) => backup !== undefined)
}

/** Builds the plan's view of a backup. Every object in its folder belongs to it. */
export function toRetainedBackup(
  id: BackupId,
  entry: BackupEntry | undefined,
  { listed, tagged: objects = [] }: { listed: readonly ListedObject[]; tagged?: RetainedObject[] },
): RetainedBackup {
  if (!entry) {
    const state = listed.every(({ key }) => isRunKey(key)) ? 'empty' : 'incomplete'
    const modifiedAt = new Date(Math.max(...listed.map(({ modifiedAt }) => modifiedAt.getTime())))
    return { id, of: 'data', state, objects, modifiedAt }
  }
  if (!entry.readable) return { id, of: 'data', state: 'unreadable', objects }
  const { manifest, sequence, state } = entry
  const { pinned: reason, pinnedUntil } = manifest
  const pinned =
    reason === undefined ? undefined : { reason, until: pinnedUntil === undefined ? undefined : new Date(pinnedUntil) }
  return { id, sequence, of: getBackupKind(manifest) === 'config' ? 'settings' : 'data', state, objects, pinned }
}

async function readObject(tags: PlanDeps['tags'], key: string): Promise<RetainedObject | undefined> {
  const found = await tags.tagsOf(key)
  const value = found?.[RETENTION_TAG_KEY]
  return found && { key, tier: TIERS.find((tier) => tier === value) }
}

/** Keeps tags that others set on the object. */
async function writeTier(tags: TagStore, key: string, tier: Tier | undefined): Promise<void> {
  const { [RETENTION_TAG_KEY]: _replaced, ...others } = (await tags.tagsOf(key)) ?? {}
  await tags.putTags(key, tier === undefined ? others : { ...others, [RETENTION_TAG_KEY]: tier })
}
