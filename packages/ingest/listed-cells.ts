/** Gathers what a row says about its company, besides the domain. */
import { findEmailDomain } from '#ingest/company-domain'
import { recogniseHeading, type Role } from '#ingest/headings'
import { limitListed, type ListedCompany } from '#leads/listed/listed-company'

interface NamedCell {
  name: string
  value: string
  /** Undefined: one of the other columns. */
  role: Role | undefined
}

/** `address` serves where no cell has an e-mail address: the text that named the domain may be one. Pure. */
export function gatherCells(cells: NamedCell[], address: string): ListedCompany {
  const read = (role: Role) => cells.find((cell) => cell.role === role)?.value ?? ''
  return limitListed({
    company: read('company'),
    emailDomain: findEmailDomain(read('email')) ?? findEmailDomain(address),
    fields: cells.filter(({ role }) => role === undefined),
  })
}

/** Gives the best heading of each role its role; any other cell stays one of the other columns. */
export function recogniseCells(values: Record<string, string>): NamedCell[] {
  const cells = Object.entries(values).map(([name, value]) => ({ name, value, known: recogniseHeading(name) }))
  const best = (role: Role) =>
    cells.filter(({ known }) => known?.role === role).sort((a, b) => (a.known?.rank ?? 0) - (b.known?.rank ?? 0))[0]
  const chosen = new Set([best('company'), best('email')])
  return cells.map((cell) => ({
    name: cell.name,
    value: cell.value,
    role: chosen.has(cell) ? cell.known?.role : undefined,
  }))
}
