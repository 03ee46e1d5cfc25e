import { randomBytes } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { S3Client } from '@aws-sdk/client-s3'
import { createFileStore, removeStalePartials } from '#backups/store/file-store'
import { LEFT_AFTER_MS } from '#backups/operations/leftovers'
import { mayHoldBackups } from '#backups/format/object-keys'
import { createObjectStore, type ObjectStore } from '#backups/store/object-store'
import { createBucketRemover, createFolderRemover, type Remover } from '#backups/retention/remover'
import { abortStaleBackups, createOpenUploads } from '#backups/retention/stale-uploads'
import { AppError, getErrorMessage } from '#platform/errors'
import { createS3Clients } from '#runtime/s3-client'

interface StorePlace {
  store: ObjectStore
  /** The place as a person would write it. */
  name: string
  /** Removes what a stack's bucket removes by its own rules. */
  remover: Remover
}

type Env = Record<string, string | undefined>

/**
 * Opens the place that holds backups: a folder, or `s3://bucket/prefix` at AWS_ENDPOINT_URL_S3 or else at AWS, with the
 * credentials that the AWS tools use. A folder need not exist yet to be written to.
 * @throws AppError USAGE for another scheme, SETTING_INVALID for a bucket without a region or credentials,
 * STORAGE_UNAVAILABLE when the folder to read from does not exist
 */
export async function openStore(place: string, env: Env, use: 'read' | 'write'): Promise<StorePlace> {
  if (place.startsWith('s3://')) return openBucket(place, env, use)
  if (place === '' || /^[a-z][a-z0-9+.-]*:\/\//i.test(place)) {
    throw new AppError(
      'USAGE',
      `a place for backups must be a folder or s3://bucket/prefix, not ${JSON.stringify(place)}`,
    )
  }
  const dir = resolve(place)
  if (use === 'read') await requireFolder(dir)
  else await isFolder(dir)
  const randomHex = () => randomBytes(6).toString('hex')
  const store = createFileStore({ dir, randomHex, isOurs: mayHoldBackups })
  // goes by the disk's clock: if ours is wrong, a file that another machine is writing may look old
  const clock = use === 'write' ? await store.readClock() : undefined
  if (clock) await removeStalePartials(dir, new Date(clock.time.getTime() - LEFT_AFTER_MS), mayHoldBackups)
  return { store, name: dir, remover: createFolderRemover(dir) }
}

/** Accepts `s3://bucket/some/prefix`, with or without a slash at the end. */
async function openBucket(place: string, env: Env, use: 'read' | 'write'): Promise<StorePlace> {
  const [, bucket, path = ''] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/.exec(place) ?? []
  if (bucket === undefined) {
    throw new AppError('USAGE', `${JSON.stringify(place)} names no bucket; write s3://bucket or s3://bucket/prefix`)
  }
  const folders = path.split('/').filter((part) => part !== '')
  const isElsewhere = Boolean(env['AWS_ENDPOINT_URL_S3'] || env['AWS_ENDPOINT_URL'])
  // most other servers have no host name for each bucket, and none of them checks the region
  const region = env['AWS_REGION'] || env['AWS_DEFAULT_REGION'] || 'us-east-1'
  const config = isElsewhere ? { forcePathStyle: true, region } : {}
  const clients = createS3Clients(config)
  await requireSettings(clients.s3, place)
  const prefix = folders.map((folder) => `${folder}/`).join('')
  if (use === 'write') await abortStale({ s3: createS3Clients(config, { attempts: 1 }).s3, bucket, prefix })
  const name = `s3://${[bucket, ...folders].join('/')}`
  const store = createObjectStore({ ...clients, bucket, prefix })
  return { store, name, remover: createBucketRemover({ s3: clients.s3, bucket, prefix }) }
}

/**
 * Asks the client for the region and credentials it finds in the environment, in ~/.aws and on the machine, so that a
 * missing one is named before the first request fails.
 * @throws AppError SETTING_INVALID
 */
async function requireSettings({ config }: S3Client, place: string): Promise<void> {
  await config.region().catch((cause: unknown) => {
    const what = 'set AWS_REGION, such as eu-central-1, or a region in ~/.aws/config'
    throw new AppError('SETTING_INVALID', `${place} needs a region: ${what} (${getErrorMessage(cause)})`, { cause })
  })
  await config.credentials().catch((cause: unknown) => {
    const what = 'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE'
    throw new AppError('SETTING_INVALID', `${place} needs credentials: ${what} (${getErrorMessage(cause)})`, { cause })
  })
}

/**
 * Removes uploads that a killed run left, since nothing else here does. A key that may only write cannot list them:
 * that bucket needs a lifecycle rule. The run itself reports anything else that is wrong with the bucket.
 */
async function abortStale(of: { s3: S3Client; bucket: string; prefix: string }): Promise<void> {
  try {
    const now = (await createObjectStore(of).readClock())?.time
    if (now) await abortStaleBackups(createOpenUploads(of), { prefix: of.prefix, now })
  } catch {
    // the run itself reports it
  }
}

async function requireFolder(dir: string): Promise<void> {
  if (await isFolder(dir)) return
  throw new AppError('STORAGE_UNAVAILABLE', `there is no folder ${dir}`)
}

/** @throws AppError STORAGE_UNAVAILABLE when the path is something other than a folder */
async function isFolder(dir: string): Promise<boolean> {
  const found = await stat(dir).catch(() => undefined)
  if (found && !found.isDirectory()) throw new AppError('STORAGE_UNAVAILABLE', `${dir} is a file, not a folder`)
  return found !== undefined
}
