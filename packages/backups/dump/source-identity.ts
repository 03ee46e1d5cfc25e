/**
 * Identifies a source, so that two sources of one name are told apart: two servers with a database "shop", two files
 * app.db.
 */
import { realpath, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import type { Client } from 'pg'
import {
  type AnyManifest,
  type BackupKind,
  type FileIdentity,
  getBackupKind,
  type ServerIdentity,
} from '#backups/format/manifest'

export type SourceIdentity =
  | { kind: 'postgres'; name: string; server: ServerIdentity }
  | { kind: 'sqlite'; file: FileIdentity }
  | { kind: 'config' }

/** Returns undefined for a manifest of an earlier version, which lacks the identity. */
export function getSourceIdentity(manifest: AnyManifest): SourceIdentity | undefined {
  if (manifest.kind === 'config') return { kind: 'config' }
  if (manifest.kind === 'sqlite') {
    const { file } = manifest.database
    return file && { kind: 'sqlite', file }
  }
  const { name, server } = manifest.database
  return server && { kind: 'postgres', name, server }
}

/** True when both belong to the same series. Sources that cannot be compared count as the same. */
export function isSameSource(manifest: AnyManifest, now: SourceIdentity): boolean {
  if (getBackupKind(manifest) !== now.kind) return false
  const before = getSourceIdentity(manifest)
  if (now.kind === 'config') return true
  if (now.kind === 'sqlite') return before?.kind !== 'sqlite' || isSameFile(before.file, now.file)
  return before?.kind !== 'postgres' || isSameDatabase(before, now)
}

type DatabaseIdentity = Extract<SourceIdentity, { kind: 'postgres' }>

/** A restore over the live database keeps the name and changes the oid; a rename does the opposite. */
function isSameDatabase(before: DatabaseIdentity, now: DatabaseIdentity): boolean {
  const { server: one } = before
  const { server: other } = now
  const haveSystems = one.systemIdentifier !== undefined && other.systemIdentifier !== undefined
  const isSameServer = haveSystems ? one.systemIdentifier === other.systemIdentifier : one.address === other.address
  return isSameServer && (before.name === now.name || one.databaseOid === other.databaseOid)
}

/** A restore changes a file's inode, a container its host, a move its path: two of the three must match. */
function isSameFile(one: FileIdentity, other: FileIdentity): boolean {
  const isSameHost = one.host === other.host
  if (one.path === other.path) return isSameHost || one.inode === other.inode
  return isSameHost && one.device === other.device && one.inode === other.inode
}

const SOURCES: Record<BackupKind, string> = {
  postgres: 'a Postgres database',
  sqlite: 'a SQLite file',
  config: 'settings alone',
}

/** Describes the source of a manifest of an earlier version, which lacks the identity. */
export function describeKind(manifest: AnyManifest): string {
  return SOURCES[getBackupKind(manifest)]
}

/** Describes a source so that a person can tell it from another. */
export function describeSource(identity: SourceIdentity): string {
  if (identity.kind === 'config') return SOURCES.config
  if (identity.kind === 'sqlite') return `the file ${identity.file.path} on ${identity.file.host}`
  const { address, databaseOid, systemIdentifier } = identity.server
  const system = systemIdentifier === undefined ? '' : `, system ${systemIdentifier}`
  return `the database ${identity.name} on ${address} (oid ${databaseOid}${system})`
}

/**
 * Reads the system identifier, which every role may read on Postgres 13 to 18 unless the right was revoked. Falls back
 * to the address without the right, or where a managed service has no control file. Call it outside a transaction,
 * which a refusal would abort.
 */
export async function readServerIdentity(session: Client): Promise<ServerIdentity> {
  const system = await session
    .query<{ id: string }>('SELECT system_identifier::text AS id FROM pg_catalog.pg_control_system()')
    .catch(() => undefined)
  const { rows } = await session.query<{ oid: string }>(
    'SELECT oid::text AS oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()',
  )
  const systemIdentifier = system?.rows[0]?.id
  return {
    ...(systemIdentifier === undefined ? {} : { systemIdentifier }),
    databaseOid: Number(rows[0]?.oid),
    address: `${session.host}:${session.port}`,
  }
}

export async function readFileIdentity(path: string): Promise<FileIdentity> {
  const { dev, ino } = await stat(path, { bigint: true })
  return { host: hostname(), path: await realpath(path), device: String(dev), inode: String(ino) }
}
