/**
 * What a backup says of itself. A backup exists when its manifest does: the manifest is written last, so every object
 * that it names is complete. Readers accept the versions they know and refuse the others.
 */
import * as z from 'zod/mini'
import { AppError } from '#platform/errors'
import { type BackupId, isBackupId } from '#backups/backup-id'

export const MANIFEST_VERSION = 1
export const PROOF_VERSION = 1

const count = z.int().check(z.nonnegative())
const utcTime = z.iso.datetime()
const sha256 = z.string().check(z.regex(/^[0-9a-f]{64}$/))
const backupId = z.custom<BackupId>((value) => typeof value === 'string' && isBackupId(value))

/** Where one gzip member lies in the object: bytes `[start, end)`. */
const range = {
  start: count,
  end: count,
  /** Length after decompression. */
  rawBytes: count,
  durationMs: count,
}

const sqlMember = z.object({
  kind: z.enum(['pre-data', 'sequences', 'post-data', 'refresh']),
  name: z.string(),
  ...range,
})

const tableMember = z.object({
  kind: z.literal('table'),
  /** `schema.table`, quoted as SQL needs it. A table may have several members; their rows and fingerprints add up. */
  name: z.string(),
  schema: z.string(),
  table: z.string(),
  /** In the order of the data; generated columns are not among them. */
  columns: z.array(z.string()),
  rows: count,
  fingerprint: z.string().check(z.regex(/^[0-9a-f]{32}$/)),
  ...range,
})

export const memberSchema = z.discriminatedUnion('kind', [sqlMember, tableMember])

export const manifestSchema = z.object({
  version: z.literal(MANIFEST_VERSION),
  id: backupId,
  source: z.string(),
  createdAt: utcTime,
  durationMs: count,
  toolVersion: z.string(),
  database: z.object({
    name: z.string(),
    /** As the server says it, such as `18.4` or `15.18 (Debian 15.18-0+deb12u1)`. */
    serverVersion: z.string(),
    serverMajor: count,
    encoding: z.string(),
    extensions: z.array(z.string()),
  }),
  migrationRevision: z.optional(z.string()),
  object: z.object({
    key: z.string(),
    /** Absent where the bucket keeps no versions. */
    versionId: z.optional(z.string()),
    gzipBytes: count,
    rawBytes: count,
    sha256,
  }),
  /** How `fingerprint` was computed. */
  fingerprintMethod: z.literal('sha256-lanes32x4-sum'),
  /** In the object's order, without gaps. */
  members: z.array(memberSchema),
})

export type Manifest = z.infer<typeof manifestSchema>
export type Member = z.infer<typeof memberSchema>
export type TableMember = z.infer<typeof tableMember>
export type SqlMember = z.infer<typeof sqlMember>
export type SqlMemberKind = SqlMember['kind']

export const PROOF_LEVELS = {
  1: 'stream hash',
  2: 'structure',
  3: 'restored',
  4: 'fingerprints equal',
  5: 'assertions hold',
} as const
/** A backup counts as verified from this level on. */
export const VERIFIED_LEVEL = 4

const checkSchema = z.object({
  name: z.string(),
  level: z.int().check(z.gte(1), z.lte(5)),
  passed: z.boolean(),
  /** Why it failed, or what a passed check could not look at. */
  reason: z.optional(z.string()),
})

export const proofSchema = z.object({
  version: z.literal(PROOF_VERSION),
  backupId,
  /** The highest level whose checks, and those of every level below, passed; 0 is none. */
  level: z.int().check(z.gte(0), z.lte(5)),
  verified: z.boolean(),
  checks: z.array(checkSchema),
  startedAt: utcTime,
  durationMs: count,
  /** From the first byte read to the last statement run, without comparing; absent when it was not restored. */
  restoreMs: z.optional(count),
  restoredInto: z.optional(z.string()),
  toolVersion: z.string(),
})

export type Proof = z.infer<typeof proofSchema>
export type ProofCheck = z.infer<typeof checkSchema>

/** @throws AppError BACKUP_DAMAGED when it is not a manifest of a version that we know */
export function parseManifest(json: unknown): Manifest {
  return parsed(manifestSchema, json, 'manifest')
}

/** @throws AppError BACKUP_DAMAGED when it is not a proof of a version that we know */
export function parseProof(json: unknown): Proof {
  return parsed(proofSchema, json, 'proof')
}

export function tableMembers(manifest: Manifest): TableMember[] {
  return manifest.members.filter((member) => member.kind === 'table')
}

function parsed<Schema extends z.ZodMiniType>(schema: Schema, json: unknown, what: string): z.infer<Schema> {
  const result = z.safeParse(schema, json)
  if (result.success) return result.data
  const problems = result.error.issues.slice(0, 5).map((issue) => `${issue.path.join('.')}: ${issue.message}`)
  throw new AppError('BACKUP_DAMAGED', `the ${what} is not as it should be`, { details: { problems } })
}
