import type { Extension } from '@electric-sql/pglite'
import { AppError } from '#platform/errors'

/** By the names that CREATE EXTENSION knows. Each is loaded when a dump needs it. */
const EXTENSIONS: Record<string, () => Promise<Extension>> = {
  bloom: async () => (await import('@electric-sql/pglite/contrib/bloom')).bloom,
  btree_gin: async () => (await import('@electric-sql/pglite/contrib/btree_gin')).btree_gin,
  btree_gist: async () => (await import('@electric-sql/pglite/contrib/btree_gist')).btree_gist,
  citext: async () => (await import('@electric-sql/pglite/contrib/citext')).citext,
  cube: async () => (await import('@electric-sql/pglite/contrib/cube')).cube,
  fuzzystrmatch: async () => (await import('@electric-sql/pglite/contrib/fuzzystrmatch')).fuzzystrmatch,
  hstore: async () => (await import('@electric-sql/pglite/contrib/hstore')).hstore,
  intarray: async () => (await import('@electric-sql/pglite/contrib/intarray')).intarray,
  isn: async () => (await import('@electric-sql/pglite/contrib/isn')).isn,
  ltree: async () => (await import('@electric-sql/pglite/contrib/ltree')).ltree,
  pg_stat_statements: async () => (await import('@electric-sql/pglite/contrib/pg_stat_statements')).pg_stat_statements,
  pg_trgm: async () => (await import('@electric-sql/pglite/contrib/pg_trgm')).pg_trgm,
  pgcrypto: async () => (await import('@electric-sql/pglite/contrib/pgcrypto')).pgcrypto,
  seg: async () => (await import('@electric-sql/pglite/contrib/seg')).seg,
  tablefunc: async () => (await import('@electric-sql/pglite/contrib/tablefunc')).tablefunc,
  unaccent: async () => (await import('@electric-sql/pglite/contrib/unaccent')).unaccent,
  'uuid-ossp': async () => (await import('@electric-sql/pglite/contrib/uuid_ossp')).uuid_ossp,
}

export const EMBEDDED_EXTENSIONS = Object.keys(EXTENSIONS)

export function missingExtensions(names: string[]): string[] {
  return names.filter((name) => !Object.hasOwn(EXTENSIONS, name))
}

/** @throws AppError BACKUP_UNSUPPORTED that names what the embedded Postgres doesn't have */
export async function loadExtensions(names: string[]): Promise<Record<string, Extension>> {
  const missing = missingExtensions(names)
  if (missing.length > 0) {
    throw new AppError('BACKUP_UNSUPPORTED', `the embedded Postgres has no extension ${missing.join(', ')}`)
  }
  const loaded = await Promise.all(names.map(async (name) => [name, await EXTENSIONS[name]?.()] as const))
  return Object.fromEntries(loaded) as Record<string, Extension>
}
