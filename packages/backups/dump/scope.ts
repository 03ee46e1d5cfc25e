/** A backup of a part of a database, selected with pg_dump's patterns. */
import { AppError } from '#platform/errors'
import type { AnyManifest, Scope } from '#backups/format/manifest'

export function getScope(manifest: AnyManifest): Scope | undefined {
  return 'scope' in manifest ? manifest.scope : undefined
}

/** Example: `schema app, without public.log_*` */
export function describeScope({ tables, schemas, excludeTables }: Scope): string {
  const named = [...tables.map((pattern) => `table ${pattern}`), ...schemas.map((pattern) => `schema ${pattern}`)]
  const without = excludeTables.map((pattern) => `without ${pattern}`)
  return [...named, ...without].join(', ')
}

/**
 * True when the part selects tables or schemas. With `--exclude-table` alone, a part also holds objects that belong to
 * no table and no schema.
 */
export function isNarrow({ tables, schemas }: Scope): boolean {
  return tables.length + schemas.length > 0
}

export function isSameScope(one: Scope | undefined, other: Scope | undefined): boolean {
  if (!one || !other) return one === other
  return (['tables', 'schemas', 'excludeTables'] as const).every(
    (kind) => new Set(one[kind]).symmetricDifference(new Set(other[kind])).size === 0,
  )
}

/** @throws AppError BACKUP_UNSUPPORTED for a part: restoring it would replace a database by less than it holds */
export function requireWhole(manifest: AnyManifest): void {
  const scope = getScope(manifest)
  if (!scope) return
  const remedy =
    'restore it into an empty database with --to, or restore some of its tables next to the live ones with --table'
  const message = `backup ${manifest.id} contains only a part (${describeScope(scope)}) and cannot replace a whole database: ${remedy}`
  throw new AppError('BACKUP_UNSUPPORTED', message)
}
