/**
 * Invents companies, with signals as scans bring them. The functions are pure: the same number gives the same company.
 */
import { type Evidence, createNotCollected, createPresent, judgeAbsence } from '#signals/evidence'
import type { Domain } from '#signals/normalise'
import {
  DMARC_POLICIES,
  type Dkim,
  type Dmarc,
  type Mx,
  type Registration,
  SIGNAL_NAMES,
  type Signals,
  type Spf,
} from '#signals/signals'

const DAY_MS = 86_400_000
/** RFC 5737: reserved for documentation, so no resolver has this address. */
const RESOLVER = '192.0.2.53'

const WORDS = 'ak alp anka asya atlas bahar beyaz boga cinar deniz dogu ege gunes hilal irmak kartal lale nehir'.split(
  ' ',
)
const TRADES = 'boya celik demir dokuma gida insaat kagit kimya lojistik makina mobilya otomotiv plastik tekstil'.split(
  ' ',
)
const SUFFIXES = ['com.tr', 'com.tr', 'com.tr', 'com', 'com', 'net.tr', 'org.tr', 'net', 'bel.tr']

interface Mail {
  mx: string | null
  spf: string
}

/** Each entry is drawn as often as it appears here. */
const MAIL: Mail[] = [
  { mx: 'NAME.mail.protection.outlook.com', spf: 'include:spf.protection.outlook.com' },
  { mx: 'NAME.mail.protection.outlook.com', spf: 'include:spf.protection.outlook.com' },
  { mx: 'aspmx.l.google.com', spf: 'include:_spf.google.com' },
  { mx: 'aspmx.l.google.com', spf: 'include:_spf.google.com' },
  { mx: 'mx.yandex.net', spf: 'include:_spf.yandex.net' },
  { mx: 'mx.zoho.eu', spf: 'include:zoho.eu' },
  { mx: 'mx1.hostinger.com', spf: 'include:_spf.mail.hostinger.com' },
  { mx: 'mail.DOMAIN', spf: 'mx' },
  { mx: 'mail.DOMAIN', spf: 'mx' },
  { mx: null, spf: '-all' },
]

/** `number` counts from 0. The invented scan ran at most 90 days before `now`. */
export function inventSignals(number: number, now: Date): Signals {
  const draw = drawFrom(number)
  const name = `${draw.one(WORDS)}${draw.one(TRADES)}${number}`
  const domain = `${name}.${draw.one(SUFFIXES)}` as Domain
  const at = new Date(now.getTime() - draw.below(90 * DAY_MS)).toISOString()
  const seen = { rcode: 'NOERROR', resolver: RESOLVER, at } as const
  const mail = draw.one(MAIL)
  const none = judgeAbsence({ ...seen, rcode: 'NXDOMAIN' }, [])
  const some = <T>(percent: number, records: string[], value: T): Evidence<T> =>
    draw.below(100) < percent ? createPresent(seen, records, value) : none
  const others = Object.fromEntries(SIGNAL_NAMES.map((signal) => [signal, none])) as unknown as Signals
  const mx = mail.mx?.replace('NAME', name).replace('DOMAIN', domain) ?? null
  const spf = `v=spf1 ${mail.spf} ~all`
  const dmarc = inventDmarc(domain, draw.one(DMARC_POLICIES))
  return {
    ...others,
    domain,
    at,
    queries: 12 + draw.below(20),
    mx: mx === null ? none : createPresent(seen, [`10 ${mx}`], mxTo(mx)),
    spf: some(80, [spf], inventSpf(spf)),
    dmarc: some(55, [dmarc.record], dmarc),
    dkim: draw.below(10) === 0 ? createNotCollected(at) : some<Dkim>(60, ['v=DKIM1; k=rsa; p=AAAA'], dkim()),
    registration: some(90, [], inventRegistration(domain, now, draw.below(3_000))),
  }
}

const mxTo = (host: string): Mx => ({ hosts: [{ host, preference: 10 }], nullMx: false })
const dkim = (): Dkim => ({ selectors: ['default'], targets: [], unanswered: [] })

function inventSpf(record: string): Spf {
  return {
    record,
    verdict: 'valid',
    problems: [],
    all: '~',
    lookups: 1,
    voidLookups: 0,
    includes: [],
    senders: [],
    unanswered: [],
  }
}

function inventDmarc(domain: string, policy: (typeof DMARC_POLICIES)[number]): Dmarc {
  return {
    name: `_dmarc.${domain}`,
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

function inventRegistration(domain: string, now: Date, ageDays: number): Registration {
  const dayOf = (ms: number) => `${new Date(ms).toISOString().slice(0, 10)}T00:00:00.000Z`
  return {
    registrar: 'Örnek Alan Adları A.Ş.',
    createdAt: dayOf(now.getTime() - ageDays * DAY_MS),
    expiresAt: dayOf(now.getTime() + ((ageDays % 365) + 1) * DAY_MS),
    nameServers: [`ns1.${domain}`, `ns2.${domain}`],
    statuses: ['active'],
    source: domain.endsWith('.tr') ? 'trabis' : 'rdap',
    registry: 'registry.example',
  }
}

/** Deterministic random numbers by mulberry32, whose state is one 32-bit number. */
function drawFrom(seed: number) {
  let state = Math.imul(seed + 1, 0x9e3779b1)
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (limit: number) => Math.floor(next() * limit)
  return { below, one: <T>(list: readonly T[]): T => list[below(list.length)] as T }
}
