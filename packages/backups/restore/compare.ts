import { AppError } from '#platform/errors'
import { forEachLimit } from '#platform/async/for-each-limit'
import { findRowColumns, findReorderedTables } from '#backups/postgres/column-order'
import { compareEntries } from '#backups/restore/compare-ddl'
import { type DdlScript, readDdl } from '#backups/postgres/pg-dump-entries'
import { removeGuards, removeLargeObjectRoles, removeRoles } from '#backups/dump/dumped-roles'
import { addFingerprints, createFingerprint } from '#backups/dump/fingerprint'
import { readLargeObjectLines } from '#backups/dump/large-objects'
import {
  selectLargeObjectMembers,
  type Manifest,
  type SqlMemberKind,
  type TableMember,
  selectTableMembers,
} from '#backups/format/manifest'
import { findNeededSchemas } from '#backups/dump/part-definitions'
import { adaptToServer } from '#backups/postgres/portable'
import { type MemberStore, readSql, readText } from '#backups/dump/read-member'
import { compareAfterReload } from '#backups/proof/reload'
import type { RestoreTarget } from '#backups/restore/target'
import { buildSequencesSql } from '#backups/dump/sequences'
import { readOwnTables } from '#backups/dump/tables'
import { quoteQualifiedName } from '#backups/postgres/quote'
import { removeSlot } from '#backups/restore/subscription-text'
import { formatCount } from '#platform/count-text'

export interface Comparison {
  name: 'fingerprints' | 'large objects' | 'sequences' | 'catalog'
  passed: boolean
  /** The difference, or a difference in text that is still equal. */
  reason?: string
}

/** Compares a restored copy with its dump's description of the source: every row, sequence and definition. */
export async function compareCopy(
  store: MemberStore,
  manifest: Manifest,
  target: RestoreTarget,
): Promise<Comparison[]> {
  const rows = await compareRows(store, manifest, target)
  return [...rows, await compareCatalog(store, manifest, target)]
}

/** Compares what the target's own session sees, including uncommitted rows. */
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
  throw new AppError('RESTORE_FAILED', `the copy differs from what was backed up (${failed.name}: ${failed.reason})`)
}

async function compareFingerprints(manifest: Manifest, target: RestoreTarget): Promise<Comparison> {
  const differences: string[] = []
  const tables = [...Map.groupBy(selectTableMembers(manifest), (member) => member.name)]
  await forEachLimit(tables, target.copiesMax, async ([name, parts]) => {
    const expected = addFingerprints(parts)
    const copied = await computeFingerprint(target, parts[0] as TableMember)
    if (copied.rows !== expected.rows)
      differences.push(`${name} has ${formatCount(copied.rows, 'row')} instead of ${expected.rows}`)
    else if (copied.fingerprint !== expected.fingerprint) differences.push(`${name} has different rows`)
  })
  const { problems, remark } = await compareColumns(manifest, target)
  return comparison('fingerprints', [...differences, ...problems].sort(), remark)
}

/** Finds tables and columns that the definitions create and the manifest omits: no fingerprint covers them. */
async function compareColumns(manifest: Manifest, target: RestoreTarget) {
  const members = Map.groupBy(selectTableMembers(manifest), ({ name }) => name)
  const tables = await readOwnTables(target.query)
  const unproven = tables.flatMap(({ schema, table, columns }) => {
    const name = quoteQualifiedName(schema, table)
    const parts = members.get(name)
    if (!parts) return [`${name} is not among the tables of the manifest`]
    const isSame = parts.every((part) => isSameSet(part.columns, columns))
    return isSame ? [] : [`the columns of ${name} differ from those in the manifest`]
  })
  const reordered = findReorderedTables(tables, members)
  const misread = await findRowColumns(target.query, reordered)
  const problems = misread.map((column) => `${column} contains rows of a table whose columns have a different order`)
  const remark = `equal, with their columns in a different order than in the source: ${reordered.join(', ')}`
  return { problems: [...unproven, ...problems], remark: reordered.length > 0 ? remark : undefined }
}

function isSameSet(one: string[], other: string[]): boolean {
  return new Set(one).symmetricDifference(new Set(other)).size === 0
}

async function computeFingerprint(target: RestoreTarget, table: TableMember) {
  const fingerprint = createFingerprint()
  await target.copyOut(table, (chunk) => fingerprint.update(chunk))
  return fingerprint.result()
}

/** Compares owners, comments and rights too, which no definition holds. */
async function compareLargeObjects(store: MemberStore, manifest: Manifest, target: RestoreTarget): Promise<Comparison> {
  const shown = (sql: string) => Buffer.from(target.ownsAll ? removeLargeObjectRoles(sql) : sql)
  const expected = target.ownsAll
    ? await fingerprintOfLargeObjects(store, manifest, shown)
    : addFingerprints(selectLargeObjectMembers(manifest))
  const fingerprint = createFingerprint()
  for await (const line of readLargeObjectLines(target.query)) fingerprint.update(shown(line))
  const copied = fingerprint.result()
  const isSame = copied.rows === expected.rows && copied.fingerprint === expected.fingerprint
  return comparison('large objects', isSame ? [] : ['other contents, owners, comments or rights'])
}

/** The members' fingerprints cover every statement, including those of owners and rights. */
async function fingerprintOfLargeObjects(store: MemberStore, manifest: Manifest, shown: (sql: string) => Buffer) {
  const fingerprint = createFingerprint()
  for (const member of selectLargeObjectMembers(manifest))
    fingerprint.update(shown(await readText(store, manifest, member)))
  return fingerprint.result()
}

async function compareSequences(store: MemberStore, manifest: Manifest, target: RestoreTarget): Promise<Comparison> {
  const expected = await readSql(store, manifest, 'sequences')
  const copied = await buildSequencesSql(target.query)
  const differences = differingLines(expected, copied)
  // A part's extensions may have sequences of their own; any other new sequence is a new definition.
  return comparison('sequences', manifest.scope ? differences.filter((line) => !line.startsWith('found')) : differences)
}

/**
 * Both texts come from the same pg_dump. Where they differ, both are reloaded and dumped again, since a server may
 * print differently what it has read from its own print or from an older version's. pg_dump uses its own connection and
 * sees what is committed.
 */
export async function compareCatalog(
  store: MemberStore,
  manifest: Manifest,
  target: RestoreTarget,
): Promise<Comparison> {
  const read = (sql: string) => readScript(sql, target)
  const [first = read(''), ...others] = await dumpedScripts(store, manifest, target)
  const source = { ...first, entries: [first, ...others].flatMap(({ entries }) => entries) }
  const { preData, postData } = await target.ddl()
  const copy = [preData, postData].flatMap((sql) => read(sql).entries)
  const differences = compareEntries(source.entries, copy)
  const differing = [...differences].filter(([, difference]) => difference === 'differs').map(([label]) => label)
  const left = new Set(await compareAfterReload(target, { source, copy, read }, differing))
  const made = new Set(manifest.scope ? findNeededSchemas(source.entries).map((schema) => `SCHEMA -.${schema}`) : [])
  const found = [...differences].filter(([label, difference]) =>
    difference === 'differs' ? left.has(label) : difference === 'is missing' || !made.has(label),
  )
  return comparison(
    'catalog',
    found.map(([label, difference]) => `${label} ${difference}`),
  )
}

async function dumpedScripts(store: MemberStore, manifest: Manifest, target: RestoreTarget): Promise<DdlScript[]> {
  const majors = { source: manifest.database.serverMajor, target: target.serverMajor }
  const kinds: SqlMemberKind[] = ['pre-data', 'post-data', 'refresh']
  return Promise.all(
    kinds.map(async (kind) => readScript(adaptToServer(await readSql(store, manifest, kind), majors), target)),
  )
}

/**
 * Normalises a script to what a copy holds: no slots, and no owners and rights when the restoring role owns everything.
 */
function readScript(sql: string, { ownsAll }: RestoreTarget): DdlScript {
  const { preamble, entries } = readDdl(sql)
  const copied = entries.map(removeSlot)
  if (!ownsAll) return { preamble, entries: copied }
  return { preamble: removeGuards(preamble), entries: copied.flatMap((entry) => removeRoles(entry) ?? []) }
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
