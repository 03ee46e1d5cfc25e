import { isDeepStrictEqual } from 'node:util'
import { AppError } from '#platform/errors'
import { eachAtOnce } from '#backups/at-once'
import { compareEntries } from '#backups/compare-entries'
import { type DdlEntry, readDdl } from '#backups/ddl-entries'
import { withoutLargeObjectRoles, withoutRoles } from '#backups/dumped-roles'
import { addFingerprints, createFingerprint } from '#backups/fingerprint'
import { largeObjectLines } from '#backups/large-objects'
import {
  largeObjectMembers,
  type Manifest,
  type SqlMemberKind,
  type TableMember,
  tableMembers,
} from '#backups/manifest'
import { fitTo } from '#backups/portable'
import { type MemberStore, readSql, readText } from '#backups/read-member'
import type { RestoreTarget } from '#backups/restore-target'
import { sequencesSql } from '#backups/source-sequences'
import { ownTables } from '#backups/source-tables'
import { qualifiedName } from '#backups/sql-names'
import { withoutSlot } from '#backups/subscription-text'

export interface Comparison {
  name: 'fingerprints' | 'large objects' | 'sequences' | 'catalog'
  passed: boolean
  /** What differs, or what could only be compared by name. */
  reason?: string
}

/** Compares a restored copy with what its dump says of the source: every row, every sequence, every definition. */
export async function compareCopy(
  store: MemberStore,
  manifest: Manifest,
  target: RestoreTarget,
): Promise<Comparison[]> {
  const rows = await compareRows(store, manifest, target)
  return [...rows, await compareCatalog(store, manifest, target)]
}

/** What the target's own session sees: also before it committed. */
export async function compareRows(
  store: MemberStore,
  manifest: Manifest,
  target: RestoreTarget,
): Promise<Comparison[]> {
  return [
    await compareFingerprints(manifest, target),
    await compareLargeObjects(store, manifest, target),
    await compareSequences(store, manifest, target),
  ]
}

/** @throws AppError RESTORE_FAILED that names the first difference */
export function requireEqual(comparisons: Comparison[]): void {
  const failed = comparisons.find(({ passed }) => !passed)
  if (!failed) return
  throw new AppError('RESTORE_FAILED', `the copy is not what was backed up (${failed.name}: ${failed.reason})`)
}

async function compareFingerprints(manifest: Manifest, target: RestoreTarget): Promise<Comparison> {
  const differences: string[] = []
  const tables = [...Map.groupBy(tableMembers(manifest), (member) => member.name)]
  await eachAtOnce(tables, target.copiesMax, async ([name, parts]) => {
    const expected = addFingerprints(parts)
    const copied = await fingerprintOf(target, parts[0] as TableMember)
    if (copied.rows !== expected.rows) differences.push(`${name} has ${copied.rows} rows and not ${expected.rows}`)
    else if (copied.fingerprint !== expected.fingerprint) differences.push(`${name} has other rows`)
  })
  return comparison('fingerprints', [...differences, ...(await unproven(manifest, target))].sort())
}

/**
 * What the definitions have made and no fingerprint vouches for: a table, or a column, that the manifest leaves out was
 * never compared.
 */
async function unproven(manifest: Manifest, target: RestoreTarget): Promise<string[]> {
  const members = Map.groupBy(tableMembers(manifest), ({ name }) => name)
  return (await ownTables(target.query)).flatMap(({ schema, table, columns }) => {
    const name = qualifiedName(schema, table)
    const parts = members.get(name)
    if (!parts) return [`${name} is not among the tables of the manifest`]
    const isSame = parts.every((part) => isDeepStrictEqual(part.columns, columns))
    return isSame ? [] : [`${name} has other columns than in the manifest`]
  })
}

async function fingerprintOf(target: RestoreTarget, table: TableMember) {
  const fingerprint = createFingerprint()
  await target.copyOut(table, (chunk) => fingerprint.update(chunk))
  return fingerprint.result()
}

/** Their owners, comments and rights, too: no definition holds those. */
async function compareLargeObjects(store: MemberStore, manifest: Manifest, target: RestoreTarget): Promise<Comparison> {
  const shown = (sql: string) => Buffer.from(target.ownsAll ? withoutLargeObjectRoles(sql) : sql)
  const expected = target.ownsAll
    ? await fingerprintOfLargeObjects(store, manifest, shown)
    : addFingerprints(largeObjectMembers(manifest))
  const fingerprint = createFingerprint()
  for await (const line of largeObjectLines(target.query)) fingerprint.update(shown(line))
  const copied = fingerprint.result()
  const isSame = copied.rows === expected.rows && copied.fingerprint === expected.fingerprint
  return comparison('large objects', isSame ? [] : ['other contents, owners, comments or rights'])
}

/** The members' own fingerprints are of every statement, those of owners and rights among them. */
async function fingerprintOfLargeObjects(store: MemberStore, manifest: Manifest, shown: (sql: string) => Buffer) {
  const fingerprint = createFingerprint()
  for (const member of largeObjectMembers(manifest)) fingerprint.update(shown(await readText(store, manifest, member)))
  return fingerprint.result()
}

async function compareSequences(store: MemberStore, manifest: Manifest, target: RestoreTarget): Promise<Comparison> {
  const expected = await readSql(store, manifest, 'sequences')
  const copied = await sequencesSql(target.query)
  return comparison('sequences', differingLines(expected, copied))
}

/**
 * Both sides were written by the same pg_dump, so that equal definitions are equal text. It comes over a connection of
 * its own and sees what is committed.
 */
export async function compareCatalog(
  store: MemberStore,
  manifest: Manifest,
  target: RestoreTarget,
): Promise<Comparison> {
  const kinds: SqlMemberKind[] = ['pre-data', 'post-data', 'refresh']
  const majors = { source: manifest.database.serverMajor, target: target.serverMajor }
  const members = await Promise.all(kinds.map((kind) => readSql(store, manifest, kind)))
  const expected = members.flatMap((sql) => entriesOf(fitTo(sql, majors)))
  const ddl = await target.ddl()
  const copied = [...entriesOf(ddl.preData), ...entriesOf(ddl.postData)]
  const compared = (entries: DdlEntry[]) =>
    target.ownsAll ? entries.flatMap((each) => withoutRoles(each) ?? []) : entries
  const { differences, byNameOnly } = compareEntries(compared(expected), compared(copied), majors)
  const remark = `Postgres ${target.serverMajor} prints otherwise, so compared by name alone: ${byNameOnly.join(', ')}`
  return comparison('catalog', differences, byNameOnly.length > 0 ? remark : undefined)
}

function entriesOf(sql: string): DdlEntry[] {
  return readDdl(sql).entries.map(withoutSlot)
}

function differingLines(expected: string, copied: string): string[] {
  const before = new Set(expected.split('\n'))
  const after = new Set(copied.split('\n'))
  return [
    ...[...before.difference(after)].map((line) => `not found: ${line}`),
    ...[...after.difference(before)].map((line) => `found: ${line}`),
  ]
}

const SHOWN = 5

function comparison(name: Comparison['name'], differences: string[], remark?: string): Comparison {
  if (differences.length === 0) return { name, passed: true, ...(remark === undefined ? {} : { reason: remark }) }
  const more = differences.length > SHOWN ? ` and ${differences.length - SHOWN} more` : ''
  return { name, passed: false, reason: differences.slice(0, SHOWN).join('; ') + more }
}
