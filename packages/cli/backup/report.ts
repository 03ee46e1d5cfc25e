import type { Manifest, Proof } from '#backups/manifest'
import { PROOF_LEVELS, tableMembers } from '#backups/manifest'
import { bytes, paint, seconds, table } from '#cli/terminal'

export const jsonArg = { type: 'boolean', description: 'Print JSON' } as const
export const idArg = {
  type: 'positional',
  required: true,
  description: 'Id of the backup, from "hunter backup list"',
} as const

export function json(value: unknown): string {
  return JSON.stringify(value, null, 2)
}

/** `4 fingerprints equal`, or why there is none. */
export function proofText(proof: Proof | undefined): string {
  if (!proof) return paint('yellow', 'not yet')
  const name = proof.level === 0 ? 'nothing holds' : PROOF_LEVELS[proof.level as keyof typeof PROOF_LEVELS]
  return paint(proof.verified ? 'green' : 'red', `${proof.level} ${name}`)
}

export function checksTable({ checks }: Proof): string {
  const rows = checks.map(({ level, name, passed, reason }) => [
    level,
    name,
    passed ? paint('green', 'passed') : paint('red', 'failed'),
    reason ?? '',
  ])
  return table(['level', 'check', 'result', 'reason'], rows)
}

export function membersTable(manifest: Manifest): string {
  const rows = tableMembers(manifest).map(({ schema, table, rows, rawBytes, start, end, fingerprint }) => [
    `${schema}.${table}`,
    rows,
    bytes(rawBytes),
    bytes(end - start),
    `${start}-${end - 1}`,
    fingerprint.slice(0, 12),
  ])
  return table(['table', 'rows', 'size', 'gzipped', 'bytes', 'fingerprint'], rows)
}

export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}

export function sizesText({ object, durationMs, members }: Manifest): string {
  const tables = new Set(members.filter(({ kind }) => kind === 'table').map(({ name }) => name)).size
  return `${counted(tables, 'table')}, ${bytes(object.rawBytes)} in ${bytes(object.gzipBytes)}, ${seconds(durationMs)}`
}
