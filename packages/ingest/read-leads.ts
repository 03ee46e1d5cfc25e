/** Reads leads that a program sends as JSON objects: each is a row with headings of its own. Pure. */
import { chooseColumns } from '#ingest/layout'
import { judgeRow, type ListRow, type RecognisedLeads } from '#ingest/read-list'
import type { RowInput } from '#ingest/row'
import { AppError } from '#platform/errors'

interface ReadLeads {
  /** Names the columns of the first lead that has any: leads of one program have the same fields. */
  recognised: RecognisedLeads
  rows: ListRow[]
}

const NO_FIELD = 'has no field such as domain, website or email'

/** @throws AppError VALIDATION_FAILED when no lead has a field for a domain or an e-mail address */
export function readLeads(leads: RowInput[]): ReadLeads {
  const read = leads.map((lead, at) => readLead(lead, at + 1))
  const first = read.find(({ names }) => names !== undefined)
  if (!first) {
    const fields = [{ field: 'data', message: NO_FIELD }]
    throw new AppError('VALIDATION_FAILED', `the delivery holds no lead: it ${NO_FIELD}`, { details: { fields } })
  }
  const recognised = { format: 'json' as const, headerLine: null, columns: first.names ?? {} }
  return { recognised, rows: read.map(({ row }) => row) }
}

interface ReadLead {
  row: ListRow
  /** Undefined: no field can name a company. */
  names: RecognisedLeads['columns'] | undefined
}

function readLead(lead: RowInput, line: number): ReadLead {
  const headings = Object.keys(lead)
  const cells = { line, cells: Object.values(lead).map((value) => String(value ?? '')) }
  const columns = chooseColumns({ line, cells: headings }, [cells])
  const row = { ...judgeRow({ headings, columns }, cells), input: lead }
  if (columns.domain === undefined && columns.email === undefined) {
    return { row: { ...row, verdict: { reason: `the lead ${NO_FIELD}` } }, names: undefined }
  }
  return { row, names: Object.fromEntries(Object.entries(columns).map(([role, at]) => [role, headings[at]])) }
}
