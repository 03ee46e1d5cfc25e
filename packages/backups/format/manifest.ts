/**
 * Owns the format of manifests and proofs. A backup exists when its manifest does: the manifest is written last, so
 * every object that it names is complete. Readers accept the versions that they know and refuse the others.
 */
import * as z from 'zod/mini'
import { AppError } from '#platform/errors'
import { type BackupId, isBackupId } from '#backups/format/backup-id'

export const MANIFEST_VERSION = 1
export const PROOF_VERSION = 1
/** Algorithm of `fingerprint`: see fingerprint.ts. */
export const FINGERPRINT_METHOD = 'murmur3-x86-128-seed1-sum'

const count = z.int().check(z.nonnegative())
const utcTime = z.iso.datetime()
const sha256 = z.string().check(z.regex(/^[0-9a-f]{64}$/))
const backupId = z.custom<BackupId>((value) => typeof value === 'string' && isBackupId(value))

/** Location of a gzip member in the object: bytes `[start, end)`. */
const range = {
  start: count,
  end: count,
  /** Length after decompression. */
  rawBytes: count,
  durationMs: count,
  /** Hash of the stored bytes; absent in older manifests. */
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
  /** Columns in the order of the data, without generated ones. */
  columns: z.array(z.string()),
  /** Column types in SQL; absent in the first manifests. */
  types: z.optional(z.array(z.string())),
  /** WHERE clause that separates users' rows from an extension's own. */
  filter: z.optional(z.string()),
  /** Encoding of the rows, unless it is UTF-8. */
  encoding: z.optional(z.string()),
  rows: count,
  fingerprint: z.string().check(z.regex(/^[0-9a-f]{32}$/)),
  ...range,
})

/** Statements that create and fill large objects, one a line. */
const largeObjectMember = z.object({
  kind: z.literal('large-objects'),
  name: z.string(),
  rows: count,
  fingerprint: z.string().check(z.regex(/^[0-9a-f]{32}$/)),
  ...range,
})

const memberSchema = z.discriminatedUnion('kind', [sqlMember, tableMember, largeObjectMember])

const objectSchema = z.object({
  key: z.string(),
  /** Absent when the bucket is not versioned. */
  versionId: z.optional(z.string()),
  /** Absent: gzip. With `none` the members' ranges lie in plain SQL. */
  codec: z.optional(z.enum(['gzip', 'none'])),
  /** Stored size; with codec `none`, equal to `rawBytes`. */
  gzipBytes: count,
  rawBytes: count,
  sha256,
})

const configSchema = z.object({
  /** Absent when there was nothing to store. */
  object: z.optional(objectSchema),
  files: z.array(
    z.object({
      /** Name in the archive. */
      name: z.string(),
      /** Size before encryption. */
      bytes: count,
      encrypted: z.boolean(),
    }),
  ),
  /** Settings that the archive lacks, each with its reason. */
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
   * Position in the series, independent of clocks: one more than the highest when the run began. Absent in manifests of
   * earlier versions, which are older, and when the key that wrote it may not read.
   */
  sequence: z.optional(z.int().check(z.positive())),
  /** The store's clock when the run began. */
  storeTime: z.optional(utcTime),
  /** Reason for retention to keep the backup at any age, such as a safety backup before a restore. */
  pinned: z.optional(z.string()),
  /** The pin ends after this time, once a newer backup is verified; absent: it never ends. */
  pinnedUntil: z.optional(utcTime),
  object: objectSchema,
  /** Settings stored beside the data. */
  config: z.optional(configSchema),
}

/** Tells databases of one name on different servers apart. */
const serverSchema = z.object({
  /**
   * Identifier that initdb assigns: copies of the data folder share it, and a major upgrade changes it. Absent when the
   * role may not read it.
   */
  systemIdentifier: z.optional(z.string()),
  databaseOid: count,
  /** Host and port of the source's URL. */
  address: z.string(),
})

/** Tells database files of one name apart. */
const fileSchema = z.object({
  host: z.string(),
  /** Path with links resolved. */
  path: z.string(),
  device: z.string(),
  inode: z.string(),
})

/** The series' source before this backup, when the user confirmed that it is the same database. */
const replaced = { replaces: z.optional(z.string()) }

const fingerprint = z.string().check(z.regex(/^[0-9a-f]{32}$/))

const propertiesSchema = z.object({
  owner: z.string(),
  encoding: z.string(),
  /** null before Postgres 15, which has no providers. */
  provider: z.nullable(z.enum(['builtin', 'icu', 'libc'])),
  collate: z.string(),
  ctype: z.string(),
  /** Locale of the providers builtin and icu. */
  locale: z.nullable(z.string()),
  icuRules: z.nullable(z.string()),
  tablespace: z.string(),
  connectionLimit: z.int(),
  comment: z.nullable(z.string()),
  /** `name=value`, with the role that it applies to, or null. */
  settings: z.array(z.object({ role: z.nullable(z.string()), setting: z.string() })),
  /** null: the default rights. */
  grants: z.nullable(z.array(z.object({ role: z.string(), right: z.string(), grantable: z.boolean() }))),
})

const rolesSchema = z.object({
  roles: z.array(
    z.object({
      name: z.string(),
      /** Attributes in the syntax of CREATE ROLE. */
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
  /** Password hashes by role, sealed like secret settings, in base64. */
  passwords: z.optional(z.string()),
  /** Role details that were left out, each with its reason. */
  remarks: z.array(z.string()),
})

const patterns = z.array(z.string())
const scopeSchema = z.object({ tables: patterns, schemas: patterns, excludeTables: patterns })

const manifestSchema = z.object({
  ...common,
  /** Absent in the first manifests. */
  kind: z.optional(z.literal('postgres')),
  database: z.object({
    name: z.string(),
    /** The server's own text, such as `18.4` or `15.18 (Debian 15.18-0+deb12u1)`. */
    serverVersion: z.string(),
    serverMajor: count,
    encoding: z.string(),
    extensions: z.array(z.string()),
    server: z.optional(z.extend(serverSchema, replaced)),
    /** Properties of the database that no dump holds; absent in the first manifests. */
    properties: z.optional(propertiesSchema),
  }),
  migrationRevision: z.optional(z.string()),
  /** Part of the database, in pg_dump's patterns; absent: all of it. */
  scope: z.optional(scopeSchema),
  /** Roles of the server, when the user asked for them. */
  roles: z.optional(rolesSchema),
  /** Names of objects that the dump lacks; absent: it lacks none. */
  incomplete: z.optional(z.array(z.string())),
  /** Algorithm of `fingerprint`. */
  fingerprintMethod: z.literal(FINGERPRINT_METHOD),
  /** Members in the object's order, without gaps. */
  members: z.array(memberSchema),
  /** Hash of the statements other than rows: see definitions-hash.ts. Absent in older manifests. */
  definitionsSha256: z.optional(sha256),
})

const sqliteManifestSchema = z.object({
  ...common,
  kind: z.literal('sqlite'),
  database: z.object({
    name: z.string(),
    /** Version of the SQLite that made the copy. */
    serverVersion: z.string(),
    encoding: z.string(),
    /** The copy lacks it: a restore sets it again. */
    journalMode: z.string(),
    file: z.optional(z.extend(fileSchema, replaced)),
  }),
  /** Hash of the database file, which is what the object unpacks to. */
  rawSha256: sha256,
  fingerprintMethod: z.literal(FINGERPRINT_METHOD),
  tables: z.array(z.object({ name: z.string(), columns: z.array(z.string()), rows: count, fingerprint })),
  /** Hash of the schema's statements; absent in older manifests. */
  definitionsSha256: z.optional(sha256),
})

/** Settings without data: `object` is their archive. */
const configManifestSchema = z.object({ ...common, kind: z.literal('config'), config: configSchema })

/** The kinds of backups. The compiler leads from a new line here to the code that must know the kind. */
const MANIFEST_SCHEMAS = { postgres: manifestSchema, sqlite: sqliteManifestSchema, config: configManifestSchema }

export type BackupKind = keyof typeof MANIFEST_SCHEMAS
/** Kinds of sources that hold data. */
export type DataKind = Exclude<BackupKind, 'config'>
export type ManifestOf = { [Kind in BackupKind]: z.infer<(typeof MANIFEST_SCHEMAS)[Kind]> }
export type AnyManifest = ManifestOf[BackupKind]
/** Manifest of a Postgres database. */
export type Manifest = ManifestOf['postgres']
export type ServerIdentity = z.infer<typeof serverSchema>
export type FileIdentity = z.infer<typeof fileSchema>
export type Scope = z.infer<typeof scopeSchema>
export type KeptRoles = z.infer<typeof rolesSchema>
export type DatabaseProperties = z.infer<typeof propertiesSchema>
export type SqliteManifest = ManifestOf['sqlite']
export type ConfigManifest = ManifestOf['config']
export type StoredObject = z.infer<typeof objectSchema>
export type Codec = NonNullable<StoredObject['codec']>
export type ConfigEntry = z.infer<typeof configSchema>
export type SqliteTable = SqliteManifest['tables'][number]
export type Member = z.infer<typeof memberSchema>
export type TableMember = z.infer<typeof tableMember>
type LargeObjectMember = z.infer<typeof largeObjectMember>
type SqlMember = z.infer<typeof sqlMember>
export type SqlMemberKind = SqlMember['kind']

export const PROOF_LEVELS = {
  1: 'stream hash',
  2: 'structure',
  3: 'restored',
  4: 'fingerprints equal',
  5: 'assertions hold',
} as const
/** Lowest level of a verified backup. */
export const VERIFIED_LEVEL = 4

const checkSchema = z.object({
  name: z.string(),
  level: z.int().check(z.gte(1), z.lte(5)),
  passed: z.boolean(),
  /** Reason of the failure, or what a passed check could not examine. */
  reason: z.optional(z.string()),
})

const proofSchema = z.object({
  version: z.literal(PROOF_VERSION),
  backupId,
  /** The highest level at which all checks, and those of every lower level, passed; 0 is none. */
  level: z.int().check(z.gte(0), z.lte(5)),
  verified: z.boolean(),
  checks: z.array(checkSchema),
  startedAt: utcTime,
  durationMs: count,
  /** Time from the first byte read to the last statement run, without comparing; absent when nothing was restored. */
  restoreMs: z.optional(count),
  compareMs: z.optional(count),
  restoredInto: z.optional(z.string()),
  /** Hash of the object as the proof read it. Absent in older proofs, like the next field. */
  objectSha256: z.optional(sha256),
  /** Hash of the stored manifest that was proven. */
  manifestSha256: z.optional(sha256),
  toolVersion: z.string(),
})

export type Proof = z.infer<typeof proofSchema>
export type ProofCheck = z.infer<typeof checkSchema>

/** @throws AppError BACKUP_DAMAGED when it is not a manifest of a known version */
export function parseManifest(json: unknown): Manifest {
  return parsed(manifestSchema, json, 'manifest')
}

/** @throws AppError BACKUP_DAMAGED when it is not a manifest of a known version and kind */
export function parseAnyManifest(json: unknown): AnyManifest {
  const kind = (json as { kind?: unknown } | null)?.kind
  const schema = Object.entries(MANIFEST_SCHEMAS).find(([known]) => known === kind)?.[1] ?? manifestSchema
  return parsed<z.ZodMiniType<AnyManifest>>(schema, json, 'manifest')
}

export function getBackupKind(manifest: AnyManifest): BackupKind {
  return manifest.kind ?? 'postgres'
}

/** Returns the objects that the backup stored besides its manifest and proof. */
export function listStoredObjects({ object, config }: AnyManifest): StoredObject[] {
  const more = config?.object
  return more && more.key !== object.key ? [object, more] : [object]
}

/** @throws AppError BACKUP_DAMAGED when it is not a proof of a known version */
export function parseProof(json: unknown): Proof {
  return parsed(proofSchema, json, 'proof')
}

export function selectLargeObjectMembers(manifest: Manifest): LargeObjectMember[] {
  return manifest.members.filter((member) => member.kind === 'large-objects')
}

export function selectTableMembers(manifest: Manifest): TableMember[] {
  return manifest.members.filter((member) => member.kind === 'table')
}

function parsed<Schema extends z.ZodMiniType>(schema: Schema, json: unknown, what: string): z.infer<Schema> {
  const result = z.safeParse(schema, json)
  if (result.success) return result.data
  const problems = result.error.issues.slice(0, 5).map((issue) => `${issue.path.join('.')}: ${issue.message}`)
  throw new AppError('BACKUP_DAMAGED', `the ${what} is not valid`, { details: { problems } })
}
