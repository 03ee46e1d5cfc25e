/** Carries out a bucket's lifecycle rules at a given time. */
import type { Bucket } from '#emulators/s3/bucket'
import { type LifecycleAction, planLifecycle } from '#emulators/s3/lifecycle-plan'
import { createDeleteMarker } from '#emulators/s3/objects'

/** One action of a rule. `version id` is that of the affected version. */
export interface Expired {
  bucket: string
  key: string
  rule: string
  kind: LifecycleAction['kind']
  versionId?: string
}

/** Runs exclusively, so that no change intervenes between the plan and its execution. */
export function applyLifecycle(bucket: Bucket, now: Date): Promise<Expired[]> {
  return bucket.exclusively(async () => {
    const versionsOfKeys = bucket.sortedKeys().map((key) => bucket.versionsOf(key))
    const actions = planLifecycle(bucket.rules, { versionsOfKeys, uploads: bucket.uploads.values() }, now)
    for (const action of actions) await act(bucket, action, now)
    return actions.map((action) => report(bucket, action))
  })
}

async function act(bucket: Bucket, action: LifecycleAction, now: Date): Promise<void> {
  if (action.kind === 'abort') return bucket.endUpload(bucket.uploads.get(action.uploadId)!, [])
  if (action.kind === 'erase' || !bucket.settings.versioning) return bucket.erase(action.version)
  await bucket.commit(createDeleteMarker(action.version.key, now))
}

function report(bucket: Bucket, action: LifecycleAction): Expired {
  const { kind, rule } = action
  const facts = { bucket: bucket.settings.name, rule, kind }
  if (action.kind === 'abort') return { ...facts, key: action.key }
  return { ...facts, key: action.version.key, versionId: action.version.versionId }
}
