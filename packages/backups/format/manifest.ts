/**
 * What a backup says of itself. A backup exists when its manifest does: the manifest is written last, so every object
 * that it names is complete. Readers accept the versions they know and refuse the others.
 */
import * as z from 'zod/mini'
import { AppError } from '#platform/errors'
import { type BackupId, isBackupId } from '#backups/format/backup-id'

export const MANIFEST_VERSION = 1
export const PROOF_VERSION = 1
/** How a `fingerprint` is computed: see fingerprint.ts. */
export const FINGERPRINT_METHOD = 'murmur3-x86-128-seed1-sum'

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
  /** Of the bytes as stored; absent in older manifests. */
  sha256: z.optional(sha256),
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
  /** Of the columns, as SQL writes them; absent in the first manifests. */
  types: z.optional(z.array(z.string())),
  /** The WHERE clause that tells a user's rows from those that an extension makes itself. */
  filter: z.optional(z.string()),
  /** Of the rows, where that is not UTF-8. */
  encoding: z.optional(z.string()),
  rows: count,
  fingerprint: z.string().check(z.regex(/^[0-9a-f]{32}$/)),
  ...range,
})

/** Statements that make large objects and fill them, one a line. */
const largeObjectMember = z.object({
  kind: z.literal('large-objects'),
  name: z.string(),
  rows: count,
  fingerprint: z.string().check(z.regex(/^[0-9a-f]{32}$/)),
  ...range,
})

export const memberSchema = z.discriminatedUnion('kind', [sqlMember, tableMember, largeObjectMember])

const objectSchema = z.object({
  key: z.string(),
  /** Absent where the bucket keeps no versions. */
  versionId: z.optional(z.string()),
  /** Absent: gzip. With `none` the ranges of the members lie in plain SQL. */
  codec: z.optional(z.enum(['gzip', 'none'])),
  /** As stored; with codec `none`, the same as `rawBytes`. */
  gzipBytes: count,
  rawBytes: count,
  sha256,
})

const configSchema = z.object({
  /** Absent when there was nothing to keep. */
  object: z.optional(objectSchema),
  files: z.array(
    z.object({
      /** As the archive names it. */
      name: z.string(),
      /** Before encryption. */
      bytes: count,
      encrypted: z.boolean(),
    }),
  ),
  /** What is not in the archive, and why. */
  warnings: z.array(z.string()),
})

const common = {
  version: z.literal(MANIFEST_VERSION),
  id: backupId,
  source: z.string(),
  createdAt: utcTime,
  durationMs: count,
  toolVersion: z.string(),
  /**
   * Its place in the series, whatever the clocks say: one more than the highest that was there when the run began. Absent
   * in manifests of earlier versions, which are older, and where the key that wrote it may read nothing.
   */
  sequence: z.optional(z.int().check(z.positive())),
  /** What the store's clock said when the run began. */
  storeTime: z.optional(utcTime),
  /** Why retention must keep it whatever its age, such as that a restore took it for safety. */
  pinned: z.optional(z.string()),
  /** The pin ends after it, once a newer backup is verified; absent: it never does. */
  pinnedUntil: z.optional(utcTime),
  object: objectSchema,
  /** The settings that were kept beside the data. */
  config: z.optional(configSchema),
}

/** Tells one server's database from another's of the same name. */
const serverSchema = z.object({
  /** Made by initdb: copies of the data folder have the same, and a major upgrade makes another. Absent where the role may not read it. */
  systemIdentifier: z.optional(z.string()),
  databaseOid: count,
  /** Host and port, as the source was named. */
  address: z.string(),
})

/** Tells one database file from another of the same name. */
const fileSchema = z.object({
  host: z.string(),
  /** With links resolved. */
  path: z.string(),
  device: z.string(),
  inode: z.string(),
})

/** What the series was of before this backup: a person said that it is the same database all the same. */
const replaced = { replaces: z.optional(z.string()) }

const fingerprint = z.string().check(z.regex(/^[0-9a-f]{32}$/))

const propertiesSchema = z.object({
  owner: z.string(),
  encoding: z.string(),
  /** null on servers that know none: before Postgres 15. */
  provider: z.nullable(z.enum(['builtin', 'icu', 'libc'])),
  collate: z.string(),
  ctype: z.string(),
  /** Of the providers builtin and icu. */
  locale: z.nullable(z.string()),
  icuRules: z.nullable(z.string()),
  tablespace: z.string(),
  connectionLimit: z.int(),
  comment: z.nullable(z.string()),
  /** `name=value`, with the role it is for, or null. */
  settings: z.array(z.object({ role: z.nullable(z.string()), setting: z.string() })),
  /** null: the default rights. */
  grants: z.nullable(z.array(z.object({ role: z.string(), right: z.string(), grantable: z.boolean() }))),
})

const rolesSchema = z.object({
  roles: z.array(
    z.object({
      name: z.string(),
      /** As CREATE ROLE takes them. */
      attributes: z.string().check(z.regex(/^[A-Z ]*$/)),
      connectionLimit: z.int(),
      validUntil: z.nullable(z.string()),
      settings: z.array(z.string()),
      comment: z.nullable(z.string()),
    }),
  ),
  memberships: z.array(
    z.object({
      role: z.string(),
      member: z.string(),
      admin: z.boolean(),
      /** null before Postgres 16. */
      inherit: z.nullable(z.boolean()),
      set: z.nullable(z.boolean()),
    }),
  ),
  /** Their hashes by role, sealed as secret settings are, in base64. */
  passwords: z.optional(z.string()),
  /** What was left out, and why. */
  remarks: z.array(z.string()),
})

const patterns = z.array(z.string())
const scopeSchema = z.object({ tables: patterns, schemas: patterns, excludeTables: patterns })

export const manifestSchema = z.object({
  ...common,
  /** Absent in the first manifests that were written. */
  kind: z.optional(z.literal('postgres')),
  database: z.object({
    name: z.string(),
    /** As the server says it, such as `18.4` or `15.18 (Debian 15.18-0+deb12u1)`. */
    serverVersion: z.string(),
    serverMajor: count,
    encoding: z.string(),
    extensions: z.array(z.string()),
    server: z.optional(z.extend(serverSchema, replaced)),
    /** What belongs to the database and no dump holds; absent in the first manifests. */
    properties: z.optional(propertiesSchema),
  }),
  migrationRevision: z.optional(z.string()),
  /** Which part of the database it holds, in pg_dump's patterns; absent: all of it. */
  scope: z.optional(scopeSchema),
  /** Of the server, where they were asked for. */
  roles: z.optional(rolesSchema),
  /** What the dump lacks, by name; absent: nothing. */
  incomplete: z.optional(z.array(z.string())),
  /** How `fingerprint` was computed. */
  fingerprintMethod: z.literal(FINGERPRINT_METHOD),
  /** In the object's order, without gaps. */
  members: z.array(memberSchema),
  /** Of the statements that are no rows: see definitions-hash.ts. Absent in older manifests. */
  definitionsSha256: z.optional(sha256),
})

export const sqliteManifestSchema = z.object({
  ...common,
  kind: z.literal('sqlite'),
  database: z.object({
    name: z.string(),
    /** Of the SQLite that made the copy. */
    serverVersion: z.string(),
    encoding: z.string(),
    /** Not kept in the copy: a restore sets it again. */
    journalMode: z.string(),
    file: z.optional(z.extend(fileSchema, replaced)),
  }),
  /** Of the database file, which is what the object unpacks to. */
  rawSha256: sha256,
  fingerprintMethod: z.literal(FINGERPRINT_METHOD),
  tables: z.array(z.object({ name: z.string(), columns: z.array(z.string()), rows: count, fingerprint })),
  /** Of the statements in its schema; absent in older manifests. */
  definitionsSha256: z.optional(sha256),
})

/** Settings alone: `object` is their archive. */
export const configManifestSchema = z.object({ ...common, kind: z.literal('config'), config: configSchema })

/** Of a Postgres database. */
export type Manifest = z.infer<typeof manifestSchema>
export type ServerIdentity = z.infer<typeof serverSchema>
export type FileIdentity = z.infer<typeof fileSchema>
export type Scope = z.infer<typeof scopeSchema>
export type KeptRoles = z.infer<typeof rolesSchema>
export type DatabaseProperties = z.infer<typeof propertiesSchema>
export type SqliteManifest = z.infer<typeof sqliteManifestSchema>
export type ConfigManifest = z.infer<typeof configManifestSchema>
export type AnyManifest = Manifest | SqliteManifest | ConfigManifest
export type BackupKind = 'postgres' | 'sqlite' | 'config'
export type StoredObject = z.infer<typeof objectSchema>
export type Codec = NonNullable<StoredObject['codec']>
export type ConfigEntry = z.infer<typeof configSchema>
export type SqliteTable = SqliteManifest['tables'][number]
export type Member = z.infer<typeof memberSchema>
export type TableMember = z.infer<typeof tableMember>
export type LargeObjectMember = z.infer<typeof largeObjectMember>
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
  compareMs: z.optional(count),
  restoredInto: z.optional(z.string()),
  /** Of the object as it was read; absent in older proofs, and so is the next. */
  objectSha256: z.optional(sha256),
  /** Of the manifest that was proven, as it was stored. */
  manifestSha256: z.optional(sha256),
  toolVersion: z.string(),
})

export type Proof = z.infer<typeof proofSchema>
export type ProofCheck = z.infer<typeof checkSchema>

/** @throws AppError BACKUP_DAMAGED when it is not a manifest of a version that we know */
export function parseManifest(json: unknown): Manifest {
  return parsed(manifestSchema, json, 'manifest')
}

/** @throws AppError BACKUP_DAMAGED when it is not a manifest of a version and kind that we know */
export function parseAnyManifest(json: unknown): AnyManifest {
  const kind = (json as { kind?: unknown } | null)?.kind
  if (kind === 'sqlite') return parsed(sqliteManifestSchema, json, 'manifest')
  if (kind === 'config') return parsed(configManifestSchema, json, 'manifest')
  return parseManifest(json)
}

export function kindOf(manifest: AnyManifest): BackupKind {
  return manifest.kind ?? 'postgres'
}

/** What the backup stored besides its manifest and proof. */
export function objectsOf({ object, config }: AnyManifest): StoredObject[] {
  const more = config?.object
  return more && more.key !== object.key ? [object, more] : [object]
}

/** @throws AppError BACKUP_DAMAGED when it is not a proof of a version that we know */
export function parseProof(json: unknown): Proof {
  return parsed(proofSchema, json, 'proof')
}

export function largeObjectMembers(manifest: Manifest): LargeObjectMember[] {
  return manifest.members.filter((member) => member.kind === 'large-objects')
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
