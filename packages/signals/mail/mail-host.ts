/** Judges from DNS answers whether a host takes mail at all. Pure; it says nothing about one mailbox. */
import type { Answer } from '#signals/dns/dns'
import { readMx } from '#signals/mail/mx'
import type { MxHost } from '#signals/signals'

/**
 * - `mx`: MX records name mail servers.
 * - `address-only`: no MX, so mail goes to the host's own address (RFC 5321 section 5.1); that server may not take any.
 * - `null-mx`: the domain says that it takes no mail (RFC 7505).
 * - `no-mail`: the domain exists, with no server for mail.
 * - `no-domain`: NXDOMAIN.
 * - `unknown`: a failure or silence, which proves nothing.
 */
export const MAIL_STATES = ['mx', 'address-only', 'null-mx', 'no-mail', 'no-domain', 'unknown'] as const
export type MailState = (typeof MAIL_STATES)[number]

export interface MailHostFacts {
  state: MailState
  /** Mail servers, the preferred first; for `address-only`, the host's addresses. */
  hosts: string[]
  /** Response code of the answer that decided. */
  rcode: string
  /** ISO time in UTC of that answer. */
  at: string
}

/** True when there is no MX, so the addresses decide. */
export function needsAddresses(mx: Pick<Answer<MxHost>, 'rcode'>): boolean {
  return mx.rcode === 'NODATA'
}

interface HostAnswers {
  mx: Answer<MxHost>
  /** A and AAAA; empty when the MX decide. */
  addresses: readonly Answer<string>[]
  /** NS of a registered domain; undefined: not asked, because the host is no registered domain or has a record. */
  ns?: Answer<string> | undefined
}

export function judgeMailHost({ mx, addresses, ns }: HostAnswers): MailHostFacts {
  const evidence = readMx(mx)
  const { rcode, at } = evidence
  if (evidence.state === 'unknown') return { state: 'unknown', hosts: [], rcode, at }
  if (evidence.state === 'present') {
    if (evidence.value.nullMx) return { state: 'null-mx', hosts: [], rcode, at }
    const hosts = evidence.value.hosts.map(({ host }) => host)
    // only the root next to other root targets: a mistake that delivers nothing
    return { state: hosts.length > 0 ? 'mx' : 'no-mail', hosts, rcode, at }
  }
  if (rcode === 'NXDOMAIN') return { state: 'no-domain', hosts: [], rcode, at }
  const found = addresses.find(({ records }) => records.length > 0)
  const hosts = addresses.flatMap(({ records }) => records)
  if (found) return { state: 'address-only', hosts, rcode: found.rcode, at: found.at }
  const failed = addresses.find(({ rcode }) => rcode !== 'NODATA' && rcode !== 'NXDOMAIN')
  if (failed) return { state: 'unknown', hosts: [], rcode: failed.rcode, at: failed.at }
  // every registered domain has NS records: a server without them does not answer for it (lame delegation)
  if (ns && ns.records.length === 0) {
    return { state: 'unknown', hosts: [], rcode: ns.rcode === 'NODATA' ? 'LAME' : ns.rcode, at: ns.at }
  }
  return { state: 'no-mail', hosts: [], rcode, at }
}
