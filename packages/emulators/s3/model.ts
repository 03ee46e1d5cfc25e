/** The stored data of buckets, object versions and uploads. All of it is JSON on disk, except the bodies. */
import type { Segment } from '#emulators/s3/bodies'
import type { Checksum, ChecksumAlgorithm } from '#emulators/s3/checksums'

export interface Tag {
  key: string
  value: string
}

/** Properties that a client declares at the start, for a single request or an upload in parts. */
export interface ObjectFacts {
  /** Content-Type and other headers that are returned unchanged. Names in lower case. */
  headers: Record<string, string>
  /** User metadata, names without "x-amz-meta-". */
  metadata: Record<string, string>
  tags: Tag[]
}

/** One version of an object, or a delete marker (which has no body). */
export interface Version extends ObjectFacts {
  key: string
  /** "null" in buckets without versioning. */
  versionId: string
  /** Grows with every commit in the bucket: a key's highest one is its current version. */
  sequence: number
  /** UTC, ISO 8601. */
  lastModified: string
  deleteMarker: boolean
  /** Includes its quotes; empty for delete markers. */
  etag: string
  sizeBytes: number
  /** Bodies in order; several when the object came in parts. */
  segments: Segment[]
  checksum?: Checksum
  /** The upload that this version completed, so that a crash right after it leaves no second one. */
  uploadId?: string
}

export interface Upload extends ObjectFacts {
  uploadId: string
  key: string
  initiated: string
  checksum?: { algorithm: ChecksumAlgorithm; type: Checksum['type'] }
}

export interface Part {
  uploadId: string
  number: number
  etag: string
  lastModified: string
  segment: Segment
  checksum?: Checksum
}

export interface BucketSettings {
  name: string
  created: string
  versioning?: 'Enabled' | 'Suspended'
  /** The client's rules, each with an id. */
  lifecycleXml?: string
  corsXml?: string
}
