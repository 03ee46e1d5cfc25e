import type { Backup } from '#backups/store/catalog'
import {
  type AnyManifest,
  type ConfigEntry,
  type Manifest,
  PROOF_LEVELS,
  type Proof,
  selectTableMembers,
} from '#backups/format/manifest'
import { describeScope, getScope } from '#backups/dump/scope'
import { formatTable } from '#cli/table'
import { formatBytes, paint, print, formatSeconds } from '#cli/terminal'
import { formatCount } from '#platform/count-text'

export const jsonArg = { type: 'boolean', description: 'Print JSON' } as const
export const scratchArg = {
  type: 'string',
  valueHint: 'URL',
  description: 'Server for proofs too large for the embedded Postgres (default: HUNTER_PROOF_SCRATCH_URL)',
} as const
export const allowClockSkewArg = {
  type: 'boolean',
  description: "Trust this machine's clock, even if the store's clock or the newest backup disagrees",
} as const
export const idArg = {
  type: 'positional',
  required: true,
  description: 'Id of the backup, from "hunter backup list", or latest',
} as const

/** Tells a mistyped name from a place without backups. */
export function formatNoBackups(name: string | undefined): string {
  if (name !== undefined) return `No backups under the name ${JSON.stringify(name)}.`
  return 'No backups yet. Make one with "hunter backup run".'
}

export function formatJson(value: unknown): string {
  return JSON.stringify(value, null, 2)
}

/** Writes `4 fingerprints equal`, or that there is no proof. */
export function formatProof(proof: Proof | undefined): string {
  if (!proof) return paint('yellow', 'not yet')
  const name = proof.level === 0 ? 'no check passed' : PROOF_LEVELS[proof.level as keyof typeof PROOF_LEVELS]
  return paint(proof.verified ? 'green' : 'red', `${proof.level} ${name}`)
}

/** Writes the proof, and warns when it does not count or is not bound to the manifest. */
export function formatState({ proof, damage, reason }: Pick<Backup, 'proof' | 'damage' | 'reason'>): string {
  if (damage) return paint('red', `damaged: ${damage.reason}`)
  if (reason === undefined) return formatProof(proof)
  return proof ? `${formatProof(proof)} ${paint('yellow', '(not bound)')}` : paint('yellow', `none: ${reason}`)
}

export function formatChecks({ checks }: Proof): string {
  const rows = checks.map(({ level, name, passed, reason }) => [
    level,
    name,
    passed ? paint('green', 'passed') : paint('red', 'failed'),
    reason ?? '',
  ])
  return formatTable(['level', 'check', 'result', 'reason'], rows, { wraps: ['check', 'reason'] })
}

/** Writes one line per table; undefined when the backup has none. */
export function formatTables(manifest: AnyManifest): string | undefined {
  if (manifest.kind === 'config') return undefined
  if (manifest.kind !== 'sqlite') return membersTable(manifest)
  const rows = manifest.tables.map(({ name, rows, fingerprint }) => [name, rows, fingerprint.slice(0, 12)])
  return formatTable(['table', 'rows', 'fingerprint'], rows)
}

function membersTable(manifest: Manifest): string {
  const rows = selectTableMembers(manifest).map(({ schema, table, rows, rawBytes, start, end, fingerprint }) => [
    `${schema}.${table}`,
    rows,
    formatBytes(rawBytes),
    formatBytes(end - start),
    `${start}-${end - 1}`,
    fingerprint.slice(0, 12),
  ])
  const headings = ['table', 'rows', 'size', 'stored', 'bytes', 'fingerprint']
  return formatTable(headings, rows, { leaves: ['bytes', 'stored', 'size'] })
}

export function formatConfigFiles({ files }: ConfigEntry): string {
  const rows = files.map((file) => [file.name, formatBytes(file.bytes), file.encrypted ? 'encrypted' : 'plain'])
  return formatTable(['settings', 'size', 'kept'], rows)
}

/** `3 files (2 encrypted)` */
function configText({ files }: ConfigEntry): string {
  const encrypted = files.filter((file) => file.encrypted).length
  return formatCount(files.length, 'file') + (encrypted === 0 ? '' : ` (${encrypted} encrypted)`)
}

/** Prints which settings were stored, and which were not and why. */
export function printConfig(config: ConfigEntry | undefined): void {
  if (config && config.files.length > 0) print(`  settings  ${configText(config)}`)
  for (const warning of config?.warnings ?? []) print(`  ${paint('yellow', 'warning')}   ${warning}`)
}

/** Prints what the dump lacks. */
export function printIncomplete(manifest: AnyManifest): void {
  if (manifest.kind === 'sqlite' || manifest.kind === 'config') return
  const { roles } = manifest
  if (roles) print(`  roles     ${[formatCount(roles.roles.length, 'role'), ...roles.remarks].join('; ')}`)
  for (const what of manifest.incomplete ?? []) print(`  ${paint('yellow', 'lacks')}     ${what}`)
}

export function printScope(manifest: AnyManifest): void {
  const scope = getScope(manifest)
  if (scope) print(`  part      ${describeScope(scope)}`)
}

/** Warns when the key may only write: then nothing in the place could be compared. */
export function printPlace({ sequence }: AnyManifest): void {
  if (sequence !== undefined) return
  const why = 'this key may not list the place, so the order and source of its backups could not be compared'
  print(`  ${paint('yellow', 'warning')}   ${why}`)
}

/** One line for a log or a monitor. */
export function summarizeBackup(manifest: AnyManifest): string {
  return `${manifest.id} of ${manifest.source}: ${formatSizes(manifest)}`
}

export function formatSizes(manifest: AnyManifest): string {
  const { object, durationMs } = manifest
  const stored =
    object.codec === 'none'
      ? formatBytes(object.gzipBytes)
      : `${formatBytes(object.rawBytes)} in ${formatBytes(object.gzipBytes)}`
  const parts = [describeContents(manifest), stored, formatSeconds(durationMs)]
  return parts.join(', ')
}

function describeContents(manifest: AnyManifest): string {
  if (manifest.kind === 'config') return `settings: ${configText(manifest.config)}`
  if (manifest.kind === 'sqlite') return formatCount(manifest.tables.length, 'table')
  return formatCount(new Set(selectTableMembers(manifest).map(({ name }) => name)).size, 'table')
}
