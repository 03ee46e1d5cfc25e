import type { Domain } from '#signals/normalise'
import {
  type Dkim,
  type Dmarc,
  type DmarcPolicy,
  type Mx,
  type Registration,
  SIGNAL_NAMES,
  type Signals,
  type Spf,
} from '#signals/signals'
import type { Tenants } from '#signals/provider/tenants'
import { type Absent, createNotCollected, type Present, type Unknown } from '#signals/evidence'

export const AT = '2026-11-20T00:00:00.000Z'

export function present<T>(value: T, at = AT): Present<T> {
  return { state: 'present', rcode: 'NOERROR', records: [], resolver: '192.0.2.53', at, value }
}

export function absent(at = AT): Absent {
  return { state: 'absent', rcode: 'NXDOMAIN', records: [], resolver: '192.0.2.53', at }
}

export function unanswered(at = AT): Unknown {
  return { state: 'unknown', rcode: 'SERVFAIL', records: [], resolver: '192.0.2.53', at }
}

export function mxTo(host: string): Mx {
  return { hosts: [{ host, preference: 10 }], nullMx: false }
}

export function spfOf(record: string, verdict: Spf['verdict'] = 'valid'): Spf {
  return {
    record,
    verdict,
    problems: [],
    all: '-',
    lookups: 1,
    voidLookups: 0,
    includes: [],
    senders: [],
    unanswered: [],
  }
}

export function dmarcOf(policy: DmarcPolicy): Dmarc {
  return {
    name: '_dmarc.firma.com.tr',
    record: `v=DMARC1; p=${policy}`,
    source: 'own',
    policy,
    effectivePolicy: policy,
    subdomainPolicy: null,
    nonexistentPolicy: null,
    testing: false,
    percent: 100,
    reportUris: [],
    psd: 'u',
    severalRecords: false,
  }
}

export function registrationOf(changes: Partial<Registration> = {}): Registration {
  return {
    registrar: 'Örnek Alan Adları A.Ş.',
    createdAt: '2001-08-23T00:00:00Z',
    expiresAt: '2027-08-22T00:00:00Z',
    nameServers: ['ns1.firma.com.tr'],
    statuses: ['active'],
    source: 'trabis',
    registry: 'whois.trabis.gov.tr',
    ...changes,
  }
}

export function dkimOf(selectors: string[], targets: Dkim['targets'] = [], unanswered: string[] = []): Dkim {
  return { selectors, targets, unanswered }
}

export const NO_TENANTS: Tenants = { microsoft365: [], google: [], unanswered: [] }

/** A company with its mail at Google, SPF and DMARC quarantine. */
export function sampleSignals(domain: string, changes: Partial<Signals> = {}): Signals {
  const at = changes.at ?? AT
  const others = SIGNAL_NAMES.map((name) => [name, absent(at)])
  return {
    ...(Object.fromEntries(others) as Signals),
    queries: 0,
    domain: domain as Domain,
    at,
    mx: present(mxTo('aspmx.l.google.com'), at),
    spf: present(spfOf('v=spf1 include:_spf.google.com -all'), at),
    dmarc: present(dmarcOf('quarantine'), at),
    dkim: createNotCollected(at),
    registration: createNotCollected(at),
    ...changes,
  }
}
