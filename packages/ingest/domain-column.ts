/** Finds the column that holds the domains. */
import { foldForSearch } from '#leads/list/fold'
import { AppError } from '#platform/errors'
import { normaliseDomain } from '#signals/normalise'

export interface Layout {
  /** Unique column names; every stored row uses them. */
  headings: string[]
  domainAt: number
  /** False: the first row is data. */
  hasHeader: boolean
}

/** Best first: a website says more about a company than an e-mail address, which may belong to a free provider. */
const DOMAIN_HEADINGS = [
  'domain',
  'domainname',
  'alanadi',
  'website',
  'websitesi',
  'webadresi',
  'web',
  'site',
  'url',
  'homepage',
  'email',
  'emailaddress',
  'eposta',
  'epostaadresi',
  'mail',
]

/** @throws AppError CSV_INVALID when no column holds domains */
export function detectLayout(firstRow: string[]): Layout {
  const plain = firstRow.map(simplifyName)
  const named = DOMAIN_HEADINGS.map((name) => plain.indexOf(name)).find((at) => at !== -1)
  if (named !== undefined) return { headings: makeNamesUnique(firstRow), domainAt: named, hasHeader: true }
  const data = firstRow.findIndex(isDomain)
  if (data !== -1) return { headings: makeNamesUnique(firstRow.map(() => '')), domainAt: data, hasHeader: false }
  throw new AppError('CSV_INVALID', 'no column holds domains: none is named domain, website, url or email', {
    details: { columns: firstRow.slice(0, 50).map((name) => name.slice(0, 100)) },
  })
}

/** `Alan Adı`, `alan_adi` and `ALANADI` are the same name. */
function simplifyName(heading: string): string {
  return foldForSearch(heading).replace(/[^a-z0-9]/g, '')
}

function makeNamesUnique(headings: string[]): string[] {
  const seen = new Map<string, number>()
  return headings.map((heading, at) => {
    const name = heading.trim() || `column_${at + 1}`
    const count = (seen.get(name) ?? 0) + 1
    seen.set(name, count)
    return count === 1 ? name : `${name}_${count}`
  })
}

function isDomain(cell: string): boolean {
  try {
    normaliseDomain(cell)
    return true
  } catch {
    return false
  }
}
