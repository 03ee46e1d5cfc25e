/** The folder that holds all buckets. */
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '#platform/clock'
import { Bucket } from '#emulators/s3/bucket'
import { makeFolder, readJson } from '#emulators/s3/disk'
import { S3Error } from '#emulators/s3/errors'
import type { BucketSettings } from '#emulators/s3/model'

export class Store {
  readonly #folder: string
  readonly #clock: Clock
  readonly #buckets = new Map<string, Bucket>()
  /** Names of buckets that are being created: two concurrent requests make one bucket. */
  readonly #opening = new Set<string>()

  constructor(folder: string, clock: Clock) {
    this.#folder = folder
    this.#clock = clock
  }

  async open(): Promise<void> {
    await makeFolder(this.#folder)
    for (const name of await readdir(this.#folder)) {
      const settings = (await readJson(join(this.#folder, name, 'bucket.json'))) as BucketSettings | undefined
      // A folder without settings is an interrupted creation: the bucket never existed.
      if (settings) await this.#openBucket(settings)
    }
  }

  /** Sorted by name. */
  buckets(): Bucket[] {
    return [...this.#buckets.values()].sort((left, right) => (left.settings.name < right.settings.name ? -1 : 1))
  }

  /** @throws S3Error NoSuchBucket */
  bucket(name: string): Bucket {
    const bucket = this.#buckets.get(name)
    if (bucket) return bucket
    throw new S3Error('NoSuchBucket', 'The specified bucket does not exist', { fields: { BucketName: name } })
  }

  has(name: string): boolean {
    return this.#buckets.has(name)
  }

  /** @throws S3Error InvalidBucketName or BucketAlreadyOwnedByYou */
  async createBucket(name: string): Promise<void> {
    // The pattern also makes the name safe as a folder's.
    if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) || name.includes('..')) {
      throw new S3Error('InvalidBucketName', 'The specified bucket is not valid.')
    }
    if (this.has(name) || this.#opening.has(name)) {
      throw new S3Error('BucketAlreadyOwnedByYou', 'Your previous request to create the bucket succeeded.')
    }
    this.#opening.add(name)
    try {
      await mkdir(join(this.#folder, name), { recursive: true })
      await this.#openBucket({ name, created: this.#clock.now().toISOString() })
    } finally {
      this.#opening.delete(name)
    }
  }

  async #openBucket(settings: BucketSettings): Promise<void> {
    const bucket = new Bucket(join(this.#folder, settings.name), settings)
    await bucket.open()
    this.#buckets.set(settings.name, bucket)
  }
}
