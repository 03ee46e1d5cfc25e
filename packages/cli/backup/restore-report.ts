import type { RestoreReport } from '#backups/restore/replace-live'
import type { RestorePlan } from '#backups/restore/plan'
import type { RestoreTablesReport } from '#backups/restore/tables'
import type { RestoreTablesPlan } from '#backups/restore/tables-plan'
import { quoteName } from '#backups/postgres/quote'
import type { RestoredTable } from '#backups/restore/table-copies'
import { formatBytes, paint, formatSeconds } from '#cli/terminal'
import { formatCount } from '#platform/count-text'

export function formatRestored(report: RestoreReport): string {
  const { id, database, tables, rows, totalMs, restoreMs, compareMs, safetyMs, safetyBackup, keptAs, remarks } = report
  const steps = [`restored in ${formatSeconds(restoreMs)}`, `compared in ${formatSeconds(compareMs)}`]
  if (safetyMs !== undefined) steps.push(`safety backup in ${formatSeconds(safetyMs)}`)
  return [
    `${restored(id)} as ${database}: ${formatCount(tables, 'table')}, ${formatCount(rows, 'row')}, all equal`,
    `  recovery time  ${formatSeconds(totalMs)} (${steps.join(', ')})`,
    ...(safetyBackup === undefined
      ? []
      : [`  safety backup  ${safetyBackup} holds the database as it was before${proven(report)}`]),
    ...(keptAs === undefined ? [] : [`  kept           that database, as ${keptAs}; "--undo" swaps it back`]),
    ...remarks.map((remark) => `  ${paint('yellow', 'remark')}         ${remark}`),
  ].join('\n')
}

function proven({ safetyProofAsked }: RestoreReport): string {
  return safetyProofAsked ? '; its proof follows automatically' : '; "hunter backup verify" proves it'
}

/** `isStack`: "hunter db drift" compares the stack's database only. */
export function formatRestoredTables(report: RestoreTablesReport, isStack: boolean): string {
  const { id, tables, rows, reads, fetchedBytes, objectBytes, totalMs } = report
  const [first, ...others] = tables
  const what = others.length === 0 ? `${first?.table} alone` : `${formatCount(tables.length, 'table')} alone`
  return [
    `${restored(id)}, ${what}: ${formatCount(rows, 'row')}, all equal, in ${formatSeconds(totalMs)}`,
    ...tables.map((each) => `  into     ${each.into}${others.length === 0 ? '' : intoText(each)}`),
    '  live     no live table was changed',
    `  fetched  ${formatBytes(fetchedBytes)} of ${formatBytes(objectBytes)}, in ${formatCount(reads, 'ranged read')}`,
    isStack ? `  drift    ${driftText(report)}` : `  remove   once you have the rows: ${dropText(report)}`,
  ].join('\n')
}

function intoText({ table, rows }: RestoredTable): string {
  return `: ${formatCount(rows, 'row')} of ${table}`
}

function driftText(report: RestoreTablesReport): string {
  const { madeSchemas } = report
  if (madeSchemas.length === 0) return `"hunter db drift" reports this table until you drop it: ${dropText(report)}`
  const what = `the ${madeSchemas.length === 1 ? 'schema' : 'schemas'} ${madeSchemas.map(quoteName).join(', ')}`
  return `"hunter db drift" ignores ${what}; remove it once you have the rows: ${dropText(report)}`
}

function dropText({ madeSchemas, tables }: RestoreTablesReport): string {
  if (madeSchemas.length === 0) return `DROP TABLE ${tables[0]?.into};`
  return `DROP SCHEMA ${madeSchemas.map(quoteName).join(', ')} CASCADE;`
}

export function formatTablesPlan({ id, tables, rows, fetchBytes, taken }: RestoreTablesPlan): string {
  return [
    `A restore of tables of ${paint('bold', id)} would do this (nothing is changed now):`,
    ...tables.map((each) => `  create   ${each.into}${intoText(each)}`),
    `  fetch    ${formatBytes(fetchBytes)}: ${formatCount(tables.length, 'table')}, ${formatCount(rows, 'row')}`,
    '  compare  every row; no live table is changed',
    ...taken.map((name) => `${paint('red', 'In the way:')} ${name} already exists: rename or drop it.`),
  ].join('\n')
}

export function formatRestorePlan(plan: RestorePlan): string {
  const {
    id,
    live,
    fetchBytes,
    rawBytes,
    tables,
    rows,
    drops,
    roles = [],
    creates,
    renames,
    obstacles,
    estimateMs,
  } = plan
  const size = live.sizeBytes === undefined ? 'does not exist' : `has ${formatBytes(live.sizeBytes)}`
  const proof = plan.isVerified ? paint('green', 'is verified') : paint('red', 'is not verified')
  return [
    `A restore of ${paint('bold', id)}, which ${proof}, would do this (nothing is changed now):`,
    ...drops.map((name) => `  drop     ${name}, left by a restore that died`),
    ...roles.map((name) => `  create   the role ${name}`),
    `  create   ${creates}`,
    `  fetch    ${formatBytes(fetchBytes)}, ${formatBytes(rawBytes)} unpacked: ${formatCount(tables, 'table')}, ${formatCount(rows, 'row')}`,
    '  compare  every row, sequence and definition',
    ...(live.sizeBytes === undefined ? [] : [`  back up  ${live.name} as it is now, unless --no-safety-backup`]),
    ...renames.map(({ from, to }) => `  rename   ${from} to ${to}`),
    `The live database ${live.name} ${size}${live.connections ? ` and ${formatCount(live.connections, 'connection')}, which the rename ends` : ''}.`,
    ...obstacles.map((obstacle) => `${paint('red', 'In the way:')} ${obstacle}.`),
    estimateMs === undefined
      ? 'How long it takes is unknown until the backup is proven.'
      : `At the rate of its proof it takes ${formatSeconds(estimateMs)}, plus the safety backup.`,
  ].join('\n')
}

function restored(id: string): string {
  return `${paint('green', 'Restored')} ${paint('bold', id)}`
}
