/**
 * One bucket on disk, indexed in memory. The commit of every change is the renaming or the
 * removal of one small file, so that a crash at any moment leaves the old state or the new one:
 *
 *     bucket.json                       settings
 *     versions/<key hash>.<version id>  one version; it names its bodies
 *     uploads/<upload id>               an upload in parts
 *     parts/<upload id>.<number>        one part of it; it names its body
 *     bodies/<random>                   bytes
 */
import { createHash, randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { Bodies, type Segment } from '#emulators/s3/bodies'
import { type CorsRule, parseCors } from '#emulators/s3/cors-rules'
import { makeFolder, readAllJson, removeFile, writeJson } from '#emulators/s3/disk'
import { S3Error } from '#emulators/s3/errors'
import { type LifecycleRule, parseLifecycle } from '#emulators/s3/lifecycle-rules'
import type { BucketSettings, Part, Upload, Version } from '#emulators/s3/model'
import { compareUtf8 } from '#emulators/s3/utf8-order'

export type Draft = Omit<Version, 'versionId' | 'sequence'>

export interface OpenUpload extends Upload {
  parts: Map<number, Part>
}

export class Bucket {
  readonly bodies: Bodies
  readonly uploads = new Map<string, OpenUpload>()
  settings: BucketSettings
  rules: LifecycleRule[] = []
  cors: CorsRule[] = []

  readonly #folder: string
  /** Newest first, never empty. */
  readonly #versions = new Map<string, Version[]>()
  #sortedKeys: string[] | undefined
  #sequence = 0
  #last: Promise<unknown> = Promise.resolve()

  constructor(folder: string, settings: BucketSettings) {
    this.#folder = folder
    this.settings = settings
    this.bodies = new Bodies(join(folder, 'bodies'))
  }

  /** Reads the disk and clears what a crash left half-done. */
  async open(): Promise<void> {
    for (const name of ['versions', 'uploads', 'parts']) await makeFolder(join(this.#folder, name))
    await this.saveSettings(this.settings)
    for (const { value } of await readAllJson(join(this.#folder, 'versions'))) this.#index(value as Version)
    await this.#openUploads(new Set(this.allVersions().map((version) => version.uploadId)))
    const used = new Set(
      [...this.allVersions().flatMap((version) => version.segments), ...this.#partBodies()].map(
        (segment) => segment.file,
      ),
    )
    await this.bodies.open((file) => used.has(file))
  }

  /** Runs one change at a time: what a task has checked still holds when it commits. */
  exclusively<Result>(task: () => Promise<Result>): Promise<Result> {
    const run = this.#last.then(task)
    this.#last = run.catch(() => undefined)
    return run
  }

  current(key: string): Version | undefined {
    return this.#versions.get(key)?.[0]
  }

  /** Newest first. */
  versionsOf(key: string): readonly Version[] {
    return this.#versions.get(key) ?? []
  }

  version(key: string, versionId: string): Version | undefined {
    return this.versionsOf(key).find((version) => version.versionId === versionId)
  }

  allVersions(): Version[] {
    return [...this.#versions.values()].flat()
  }

  /** Sorted by UTF-8 bytes, the order of every listing. */
  sortedKeys(): readonly string[] {
    this.#sortedKeys ??= [...this.#versions.keys()].sort(compareUtf8)
    return this.#sortedKeys
  }

  /** Makes the draft the current version of its key. Without versioning it replaces the one before. */
  async commit(draft: Draft): Promise<Version> {
    const versionId = this.settings.versioning === 'Enabled' ? newId() : 'null'
    const replaced = this.version(draft.key, versionId)
    const version: Version = { ...draft, versionId, sequence: ++this.#sequence }
    await writeJson(this.#versionPath(version), version)
    this.#unindex(replaced)
    this.#index(version)
    if (replaced) await this.bodies.remove(replaced.segments)
    return version
  }

  /** Changes the tags; the body and the time of the version stay. */
  async retag(version: Version, tags: Version['tags']): Promise<void> {
    const changed = { ...version, tags }
    await writeJson(this.#versionPath(version), changed)
    this.#unindex(version)
    this.#index(changed)
  }

  /** Removes the version for good. */
  async erase(version: Version): Promise<void> {
    await removeFile(this.#versionPath(version))
    this.#unindex(version)
    await this.bodies.remove(version.segments)
  }

  async startUpload(upload: Omit<Upload, 'uploadId'>): Promise<Upload> {
    const started = { ...upload, uploadId: newId() }
    await writeJson(this.#uploadPath(started.uploadId), started)
    this.uploads.set(started.uploadId, { ...started, parts: new Map() })
    return started
  }

  /** @throws S3Error NoSuchUpload when it was completed or aborted meanwhile. */
  async addPart(part: Part): Promise<void> {
    const upload = this.uploads.get(part.uploadId)
    if (!upload) throw new S3Error('NoSuchUpload', 'The specified multipart upload does not exist.')
    const replaced = upload.parts.get(part.number)
    await writeJson(this.#partPath(part.uploadId, part.number), part)
    upload.parts.set(part.number, part)
    if (replaced) await this.bodies.remove([replaced.segment])
  }

  /** Ends an upload. `kept` are the bodies that a version has taken over. */
  async endUpload(upload: OpenUpload, kept: readonly Segment[]): Promise<void> {
    await removeFile(this.#uploadPath(upload.uploadId))
    this.uploads.delete(upload.uploadId)
    for (const number of upload.parts.keys()) await removeFile(this.#partPath(upload.uploadId, number))
    const keptFiles = new Set(kept.map((segment) => segment.file))
    const bodies = [...upload.parts.values()].map((part) => part.segment)
    await this.bodies.remove(bodies.filter((segment) => !keptFiles.has(segment.file)))
  }

  async saveSettings(settings: BucketSettings): Promise<void> {
    const rules = settings.lifecycleXml === undefined ? [] : parseLifecycle(settings.lifecycleXml).rules
    const cors = settings.corsXml === undefined ? [] : parseCors(settings.corsXml)
    await writeJson(join(this.#folder, 'bucket.json'), settings)
    this.settings = settings
    this.rules = rules
    this.cors = cors
  }

  async #openUploads(completed: ReadonlySet<string | undefined>): Promise<void> {
    for (const { path, value } of await readAllJson(join(this.#folder, 'uploads'))) {
      const upload = value as Upload
      if (completed.has(upload.uploadId)) await removeFile(path)
      else this.uploads.set(upload.uploadId, { ...upload, parts: new Map() })
    }
    for (const { path, value } of await readAllJson(join(this.#folder, 'parts'))) {
      const part = value as Part
      const upload = this.uploads.get(part.uploadId)
      if (upload) upload.parts.set(part.number, part)
      else await removeFile(path)
    }
  }

  #partBodies(): Segment[] {
    return [...this.uploads.values()].flatMap(({ parts }) => [...parts.values()].map((part) => part.segment))
  }

  #index(version: Version): void {
    const others = this.#versions.get(version.key)
    if (!others) this.#sortedKeys = undefined
    this.#versions.set(
      version.key,
      [version, ...(others ?? [])].sort((left, right) => right.sequence - left.sequence),
    )
    this.#sequence = Math.max(this.#sequence, version.sequence)
  }

  #unindex(version: Version | undefined): void {
    if (!version) return
    const left = this.versionsOf(version.key).filter((other) => other !== version)
    if (left.length > 0) return void this.#versions.set(version.key, left)
    this.#versions.delete(version.key)
    this.#sortedKeys = undefined
  }

  /** A key is any text of up to 1024 bytes; its hash is a safe and short file name. */
  #versionPath({ key, versionId }: Version): string {
    const hash = createHash('sha256').update(key).digest('hex')
    return join(this.#folder, 'versions', `${hash}.${versionId}`)
  }

  #uploadPath = (uploadId: string) => join(this.#folder, 'uploads', uploadId)
  #partPath = (uploadId: string, number: number) => join(this.#folder, 'parts', `${uploadId}.${number}`)
}

const newId = () => randomUUID().replaceAll('-', '')
