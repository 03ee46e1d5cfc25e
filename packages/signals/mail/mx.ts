/** Reads the MX records of a domain. */
import type { Answer } from '#signals/dns/dns'
import { type Evidence, createPresent, judgeAbsence } from '#signals/evidence'
import type { Mx, MxHost } from '#signals/signals'

/**
 * No MX is `absent`. Mail may still reach the domain's own address (RFC 5321 section 5.1); the caller, which has the
 * addresses, decides that.
 */
export function readMx(answer: Answer<MxHost>): Evidence<Mx> {
  const [first, ...rest] = answer.records
  if (!first) return judgeAbsence(answer, [])
  const records = answer.records.map(({ host, preference }) => `${preference} ${host}.`)
  // RFC 7505 section 3: the null MX stands alone; next to other records, a root target is an error and delivers
  // nothing.
  if (rest.length === 0 && first.host === '') return createPresent(answer, records, { hosts: [], nullMx: true })
  const hosts = answer.records.filter(({ host }) => host !== '')
  return createPresent(answer, records, { hosts: hosts.sort(byPreference), nullMx: false })
}

function byPreference(a: MxHost, b: MxHost): number {
  return a.preference - b.preference || (a.host < b.host ? -1 : Number(a.host > b.host))
}
