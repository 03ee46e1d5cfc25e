/** Finds the header row of a list and the columns that Hunter reads. */
import { AppError } from '#platform/errors'
import { findEmailDomain } from '#ingest/company-domain'
import { recogniseHeading, type Role } from '#ingest/headings'
import type { Row } from '#ingest/row'
import { simplifyHeading } from '#leads/listed/listed-company'
import { normaliseDomain } from '#signals/normalise'

export interface Layout {
  /** Unique column names; every stored row uses them. */
  headings: string[]
  /** Null: the first row is data. */
  headerLine: number | null
  /** Indexes of columns; at least one of `domain` and `email` is there. */
  columns: Partial<Record<Role, number>>
}

/** Rows that a layout is decided by. */
export const SAMPLE_ROWS = 100
/** Lists begin with a few lines of title at most. */
const HEADER_WITHIN = 20

/**
 * Decides by the first rows. `column` names the column of the domains: by its heading, or by its number from 1.
 * @throws AppError CSV_INVALID when no column holds domains or e-mail addresses
 */
export function detectLayout(sample: Row[], column?: string): Layout {
  const headerAt = findHeader(sample, column)
  if (headerAt === -1) return layOutBareRows(sample, column)
  const header = sample[headerAt] as Row
  const columns = chooseColumns(header, sample.slice(headerAt + 1))
  if (column !== undefined) Object.assign(columns, pinColumn(header.cells, columns, column))
  if (columns.domain === undefined && columns.email === undefined) throw refuseLayout(header)
  return { headings: nameColumns(header.cells), headerLine: header.line, columns }
}

/**
 * A header names a column that Hunter reads and precedes the data. A title may hold a domain as well, so a row after it
 * counts when it names two. `column` names a heading that Hunter does not know.
 */
function findHeader(sample: Row[], column?: string): number {
  const head = sample.slice(0, HEADER_WITHIN)
  if (column !== undefined) {
    const named = head.findIndex(({ cells }) => findNamed(cells, column) !== -1)
    if (named !== -1) return named
  }
  let best = { at: -1, known: 0 }
  let isAfterData = false
  for (const [at, { cells }] of head.entries()) {
    const roles = cells.flatMap((cell) => recogniseHeading(cell)?.role ?? [])
    if (cells.some(isDomain)) {
      if (best.at !== -1) break
      isAfterData = true
    } else if (roles.some((role) => role !== 'company') && roles.length > (isAfterData ? 1 : best.known)) {
      best = { at, known: roles.length }
      if (isAfterData) break
    }
  }
  return best.at
}

/** Chooses the columns that Hunter reads by their headings. */
export function chooseColumns({ cells }: Row, data: Row[]): Layout['columns'] {
  const columns: Layout['columns'] = {}
  for (const role of ['domain', 'email', 'company'] as const) {
    const at = chooseColumn(cells, role, data)
    if (at !== undefined) columns[role] = at
  }
  return columns
}

/** The best heading wins whose column has a domain among the first rows: an empty column beside a full one is no help. */
function chooseColumn(cells: string[], role: Role, data: Row[]): number | undefined {
  const found = cells
    .flatMap((cell, at) => {
      const known = recogniseHeading(cell)
      return known?.role === role ? [{ at, rank: known.rank }] : []
    })
    .sort((a, b) => a.rank - b.rank)
  const used = found.find(({ at }) => data.some((row) => isUsed(row.cells[at] ?? '', role)))
  return (used ?? found[0])?.at
}

function isUsed(cell: string, role: Role): boolean {
  return role === 'company' ? cell.trim() !== '' : isDomain(cell)
}

/** Takes the columns by what they hold. A row above the first domain is a header with unknown words. */
function layOutBareRows(sample: Row[], column?: string): Layout {
  const width = Math.max(0, ...sample.map(({ cells }) => cells.length))
  const counts = Array.from({ length: width }, (_, at) => ({
    at,
    domain: sample.filter(({ cells }) => isDomain(cells[at] ?? '') && !isAddress(cells[at] ?? '')).length,
    email: sample.filter(({ cells }) => isDomain(cells[at] ?? '') && isAddress(cells[at] ?? '')).length,
  }))
  const most = (kind: 'domain' | 'email') =>
    counts.filter((each) => each[kind] > 0).sort((a, b) => b[kind] - a[kind] || a.at - b.at)[0]?.at
  const [domain, email] = [most('domain'), most('email')]
  const columns: Layout['columns'] = {}
  if (domain !== undefined) columns.domain = domain
  if (email !== undefined && email !== domain) columns.email = email
  if (column !== undefined) Object.assign(columns, pinColumn(Array<string>(width).fill(''), columns, column))
  const at = columns.domain ?? columns.email
  if (at === undefined) throw refuseLayout(sample[0])
  const header = sample
    .slice(
      0,
      sample.findIndex(({ cells }) => cells.some(isDomain)),
    )
    .at(-1)
  const isHeader = header !== undefined && (header.cells[at] ?? '').trim() !== ''
  const names = Array.from({ length: width }, (_, place) => (isHeader ? (header.cells[place] ?? '') : ''))
  return { headings: nameColumns(names), headerLine: isHeader ? header.line : null, columns }
}

/** @throws AppError CSV_INVALID when there is no such column */
function pinColumn(cells: string[], columns: Layout['columns'], column: string): Layout['columns'] {
  const named = findNamed(cells, column)
  const at = named === -1 && /^\d{1,3}$/.test(column) ? Number(column) - 1 : named
  if (at < 0 || at >= cells.length) {
    throw new AppError('CSV_INVALID', `no column is named "${column}"`, { details: { columns: shorten(cells) } })
  }
  const { email, company } = columns
  const kept = { ...(email === at ? {} : { email }), ...(company === at ? {} : { company }) }
  return { email: undefined, company: undefined, ...kept, domain: at } as Layout['columns']
}

function findNamed(cells: string[], column: string): number {
  const plain = simplifyHeading(column)
  return plain === '' ? -1 : cells.findIndex((cell) => simplifyHeading(cell) === plain)
}

function refuseLayout(row: Row | undefined): AppError {
  return new AppError('CSV_INVALID', 'no column holds domains: none is named domain, website, url or email', {
    details: { columns: shorten(row?.cells ?? []) },
  })
}

function shorten(cells: string[]): string[] {
  return cells.slice(0, 50).map((name) => name.slice(0, 100))
}

function nameColumns(headings: string[]): string[] {
  const seen = new Map<string, number>()
  return headings.map((heading, at) => {
    const name = heading.trim() || `column_${at + 1}`
    const count = (seen.get(name) ?? 0) + 1
    seen.set(name, count)
    return count === 1 ? name : `${name}_${count}`
  })
}

function isAddress(cell: string): boolean {
  return cell.includes('@')
}

function isDomain(cell: string): boolean {
  if (!cell.includes('.')) return false
  if (isAddress(cell)) return findEmailDomain(cell) !== null
  try {
    normaliseDomain(cell)
    return true
  } catch {
    return false
  }
}
