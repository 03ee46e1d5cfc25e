/** Writes the records of a lead as `dig` prints them, so that anybody can ask again and compare. Pure. */
import type { Lead } from '#leads/store'
import type { SignalName, Signals } from '#signals/signals'

interface DigLine {
  name: string
  /** `IN MX` */
  type: string
  value: string
}

/** How a signal's records name themselves: by a name and a type of their own, or with both in the text. */
type Source = { label: string; type: 'MX' | 'TXT' | 'NS' | 'A' | 'AAAA' | 'SRV' } | 'in-text'

/** What a salesperson is asked about comes first. Registration data and networks are no records of the DNS. */
const SOURCES: Partial<Record<SignalName, Source>> = {
  mx: { label: '', type: 'MX' },
  spf: { label: '', type: 'TXT' },
  dmarc: { label: '_dmarc.', type: 'TXT' },
  dkim: 'in-text',
  autodiscover: 'in-text',
  autodiscoverSrv: { label: '_autodiscover._tcp.', type: 'SRV' },
  tokens: { label: '', type: 'TXT' },
  mtaSts: { label: '_mta-sts.', type: 'TXT' },
  tlsRpt: { label: '_smtp._tls.', type: 'TXT' },
  bimi: { label: 'default._bimi.', type: 'TXT' },
  enterpriseRegistration: 'in-text',
  enterpriseEnrollment: 'in-text',
  lyncdiscover: 'in-text',
  sip: 'in-text',
  sipFederation: { label: '_sipfederationtls._tcp.', type: 'SRV' },
  msoid: 'in-text',
  ns: { label: '', type: 'NS' },
  a: { label: '', type: 'A' },
  aaaa: { label: '', type: 'AAAA' },
}

export function listDigLines({ domain, signals }: Lead): DigLine[] {
  return Object.entries(SOURCES).flatMap(([signal, source]) => {
    const evidence = signals[signal as SignalName]
    if (evidence.state !== 'present') return []
    return evidence.records.map((record) =>
      source === 'in-text'
        ? readLine(record)
        : buildLine(nameRecords(signal, `${source.label}${domain}`, signals), source.type, record),
    )
  })
}

/** A company may inherit the DMARC record of a domain above. */
function nameRecords(signal: string, name: string, { dmarc }: Signals): string {
  return signal === 'dmarc' && dmarc.state === 'present' ? dmarc.value.name : name
}

/** `selector1._domainkey.firma.com.tr CNAME target.` */
function readLine(record: string): DigLine {
  const [name = '', type = '', ...value] = record.split(' ')
  return buildLine(name, type, value.join(' '))
}

function buildLine(name: string, type: string, value: string): DigLine {
  return { name: `${name}.`, type: `IN ${type}`, value: formatValue(type, value) }
}

function formatValue(type: string, value: string): string {
  if (type === 'TXT') return `"${value.replaceAll(/["\\]/g, String.raw`\$&`)}"`
  return type === 'NS' && !value.endsWith('.') ? `${value}.` : value
}
