import { describe, expect, it } from 'vitest'
import { assessLead } from '#leads/assess'
import { type Fix, listFixes } from '#leads/fixes/list-fixes'
import { explainFixes } from '#leads/fixes/explain-fixes'
import type { Lead } from '#leads/store'
import { readDmarc } from '#signals/mail/dmarc-walk'
import { readMx } from '#signals/mail/mx'
import { readSpf } from '#signals/mail/spf'
import { isSpf, parseSpf } from '#signals/mail/spf-record'
import { normaliseDomain } from '#signals/normalise'
import type { Signals } from '#signals/signals'
import { judgedLead } from '../support/arbitrary-lead.ts'
import { createFakeDns, type FakeName } from '../support/fake-dns.ts'
import { absent, present, registrationOf, sampleSignals } from '../support/sample-signals.ts'
import * as fc from '../support/seeded.ts'

const DOMAIN = normaliseDomain('firma.com.tr')
const DMARC = `_dmarc.${DOMAIN}`
const GOOGLE = '_spf.google.com'

/** TXT records by name; every name also has an address. */
type Zone = Record<string, string[]>

/** Names that the records below may include. */
const AROUND: Zone = {
  [GOOGLE]: ['v=spf1 -all'],
  'spf.acme.com': ['v=spf1 ip4:192.0.2.9 -all'],
  'bad.acme.com': ['v=spf1 ipv:1'],
}

async function judge(zone: Zone, mx: string[] = ['aspmx.l.google.com'], changes: Partial<Signals> = {}): Promise<Lead> {
  const names = Object.entries({ [DOMAIN]: [], ...AROUND, ...zone })
  const entries = names.map(([name, txt]): [string, FakeName] => [
    name,
    { txt, a: ['192.0.2.1'], ...(name === DOMAIN && { mx }) },
  ])
  const dns = createFakeDns(Object.fromEntries(entries))
  const until = AbortSignal.timeout(60_000)
  const answer = await dns.txt(DOMAIN, until)
  return assessLead(
    sampleSignals(DOMAIN, {
      mx: readMx(await dns.mx(DOMAIN, until)),
      spf: await readSpf(dns, { domain: DOMAIN, answer, until }),
      dmarc: await readDmarc(dns, { name: DOMAIN, exists: async () => true, until }),
      dkim: absent(),
      registration: present(registrationOf()),
      ...changes,
    }),
  )
}

/** The zone after every step, in order: what is removed must have been there. */
function apply(zone: Zone, { steps }: Fix): Zone {
  const after = structuredClone(zone)
  for (const { remove, publish } of steps) {
    for (const { host, value } of remove) {
      expect(after[host]).toContain(value)
      after[host] = after[host]!.filter((text) => text !== value)
    }
    for (const { host, value } of publish) (after[host] ??= []).push(value)
  }
  return after
}

const find = (lead: Lead, rule: Fix['rule']) => listFixes(lead).find((fix) => fix.rule === rule)
const codes = (fix: Fix | undefined) => fix?.questions.map(({ code }) => code)
const published = (fix: Fix | undefined) => fix?.steps.map(({ publish }) => publish.map(({ value }) => value))

describe('the fix of SPF', () => {
  it.each([
    ['what the mailbox provider includes', [], ['aspmx.l.google.com'], `v=spf1 include:${GOOGLE} ~all`, true],
    ['its own mail host', [], [`mail.${DOMAIN}`], 'v=spf1 mx ~all', true],
    ['no sender, where the domain takes no mail', [], [''], 'v=spf1 -all', true],
    [
      'both of two records, once each',
      [`v=spf1 ip4:192.0.2.1 -all`, 'v=spf1 +ip4:192.0.2.1 ip4:192.0.2.2 ~all'],
      undefined,
      'v=spf1 ip4:192.0.2.1 ip4:192.0.2.2 ~all',
      true,
    ],
    ['a misspelt term as it was meant', ['v=spf1 ipv4:192.0.2.1, -all'], undefined, 'v=spf1 ip4:192.0.2.1 -all', true],
    ['a term in two pieces', [`v=spf1 include: ${GOOGLE} -all`], undefined, `v=spf1 include:${GOOGLE} -all`, false],
    [
      'a redirect beside another record as a sender',
      ['v=spf1 ip4:192.0.2.1 -all', `v=spf1 redirect=${GOOGLE}`],
      undefined,
      `v=spf1 ip4:192.0.2.1 include:${GOOGLE} -all`,
      false,
    ],
  ])('names %s', async (_what, records, mx, value, isCertain) => {
    const fix = find(await judge({ [DOMAIN]: records, [DMARC]: ['v=DMARC1; p=reject'] }, mx), 'spf.valid')
    expect(published(fix)).toEqual([[value]])
    expect(fix?.isCertain).toBe(isCertain)
    expect(fix?.steps[0]?.remove.map((old) => old.value)).toEqual(records)
  })

  it.each([
    ['an unclear term', ['v=spf1 what -all'], 'term-meant', ['what']],
    [
      'more than ten look-ups',
      [`v=spf1 ${Array.from({ length: 11 }, (_, at) => `a:s${at}.${DOMAIN}`).join(' ')} include:spf.acme.com -all`],
      'senders-in-use',
      ['spf.acme.com'],
    ],
    ['an include without a record', ['v=spf1 include:gone.acme.com -all'], 'include-faulty', ['gone.acme.com']],
    ['an error in an included record', ['v=spf1 include:bad.acme.com -all'], 'include-faulty', ['bad.acme.com']],
    ['a record that includes itself', [`v=spf1 include:${DOMAIN} -all`], 'loop', [DOMAIN]],
  ])('asks about %s instead of guessing', async (_what, records, code, about) => {
    const fix = find(await judge({ [DOMAIN]: records }), 'spf.valid')
    expect(fix).toMatchObject({ steps: [], isCertain: false, questions: [{ code, about }] })
  })

  it('asks which service sends where nothing says so', async () => {
    expect(codes(find(await judge({ [DMARC]: ['v=DMARC1; p=reject'] }, ['mx.nobody-knows.net']), 'spf.valid'))).toEqual(
      ['mail-service'],
    )
  })
})

describe('the fix of DMARC', () => {
  it('climbs from nothing to reject, asks for reports first, and removes what the step before published', async () => {
    const fix = find(await judge({}), 'dmarc.reject')
    const rua = `rua=mailto:dmarc@${DOMAIN}`
    expect(published(fix)?.flat()).toEqual(
      ['none', 'quarantine', 'reject'].map((policy) => `v=DMARC1; p=${policy}; ${rua}`),
    )
    expect(fix?.steps.map(({ afterDays, remove }) => [afterDays, remove.length])).toEqual([
      [0, 0],
      [14, 1],
      [14, 1],
    ])
    expect(codes(fix)).toEqual(['report-mailbox', 'reports-clean', 'signatures-first'])
  })

  it.each([
    [
      ['v=DMARC1; p=none; rua=mailto:r@x.com; pct=50; adkim=s; sp=reject'],
      ['quarantine', 'reject'],
      'rua=mailto:r@x.com; adkim=s; sp=reject',
    ],
    [['v=DMARC1; p=reject; t=y; rua=mailto:r@x.com'], ['reject'], 'rua=mailto:r@x.com'],
    [['v=DMARC1; p=maybe; rua=mailto:r@x.com; sp=what'], ['quarantine', 'reject'], 'rua=mailto:r@x.com'],
    [['v=DMARC1; p=none', 'v=DMARC1; p=reject'], ['none', 'quarantine', 'reject'], `rua=mailto:dmarc@${DOMAIN}`],
  ])('goes on from %j', async (records, policies, rest) => {
    const fix = find(await judge({ [DMARC]: records }), 'dmarc.reject')
    expect(published(fix)?.flat()).toEqual(policies.map((policy) => `v=DMARC1; p=${policy}; ${rest}`))
    expect(fix?.steps[0]?.remove.map(({ value }) => value)).toEqual(records)
  })
})

it('names the selectors of the provider that was found, and leaves their values to it', async () => {
  const fix = find(await judge({}), 'dkim.found')
  expect(fix).toMatchObject({
    steps: [],
    questions: [{ code: 'dkim-values', about: ['Google Workspace', `google._domainkey.${DOMAIN}`] }],
  })
})

const address = fc.integer({ min: 1, max: 9 }).map((last) => `192.0.2.${last}`)
const sound = fc.oneof(
  address.map((ip) => `ip4:${ip}`),
  fc.constantFrom(
    `include:${GOOGLE}`,
    'include:spf.acme.com',
    'mx',
    'a',
    '+a',
    'ip6:2001:db8::/32',
    `redirect=${GOOGLE}`,
  ),
)
const misspelt = fc.oneof(
  address,
  address.map((ip) => `ipv4:${ip}`),
  address.map((ip) => `ip4=${ip},`),
  fc.constantFrom('"mx"', 'includes:spf.acme.com'),
)
const end = fc.constantFrom('-all', '~all', '?all', '+all', 'all', '')
const spfRecord = fc
  .tuple(
    fc.array(fc.oneof({ weight: 3, arbitrary: sound }, misspelt, fc.constantFrom('what', 'exists:')), { maxLength: 6 }),
    end,
  )
  .map(([terms, all]) => ['v=spf1', ...terms, all].filter(Boolean).join(' '))
const dmarcRecord = fc
  .array(
    fc.constantFrom(
      'p=none',
      'p=reject',
      'p=quarantine',
      'p=x',
      't=y',
      'pct=0',
      'rua=mailto:r@x.com',
      'rua=x',
      'sp=none',
      'sp=x',
      'adkim=s',
      'psd=n',
      'x',
      '',
    ),
    { maxLength: 5 },
  )
  .map((tags) => ['v=DMARC1', ...tags].join('; '))
/** A set of records holds none twice. */
const zone = fc.record({
  [DOMAIN]: fc.uniqueArray(spfRecord, { maxLength: 3 }),
  [DMARC]: fc.uniqueArray(dmarcRecord, { maxLength: 2 }),
})

it('keeps its promise: a zone with the fixes applied scores what they say, and needs no more of them', async () => {
  await fc.assert(
    fc.asyncProperty(zone, async (before) => {
      const lead = await judge(before)
      const fixes = listFixes(lead).filter(({ isCertain }) => isCertain)
      for (const fix of fixes) {
        const after = await judge(apply(before, fix))
        expect(after.score.value - lead.score.value).toBe(fix.points)
        expect(find(after, fix.rule)).toBeUndefined()
      }
    }),
  )
})

/** `ip4:192.0.2.1` for `+IP4:192.0.2.1`; only what receivers could read and would test. */
function listSenders(record: string): string[] {
  const terms = record.split(' ').slice(1)
  const at = terms.findIndex((term) => /^[-+?~]?all$/.test(term))
  const tested = at < 0 ? terms : terms.slice(0, at)
  const senders = tested.filter((term) => parseSpf(`v=spf1 ${term}`).badTerms.length === 0)
  return senders.map((term) => term.replace(/^\+/, '')).filter((term) => at < 0 || !term.startsWith('redirect='))
}

it('removes no sender of any record, repeats none, and leaves one record that receivers can read', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(spfRecord, { minLength: 1, maxLength: 3 }), async (records) => {
      const before = { [DOMAIN]: records }
      const fix = find(await judge(before), 'spf.valid')
      fc.pre(fix !== undefined && fix.steps.length > 0)
      const after = apply(before, fix)[DOMAIN]!
      expect(after.filter(isSpf)).toHaveLength(1)
      const [record = ''] = after
      expect(parseSpf(record).badTerms).toEqual([])
      const terms = listSenders(record)
      expect(new Set(terms).size).toBe(terms.length)
      const senders = terms.map((term) => term.replace('redirect=', 'include:'))
      const wanted = before[DOMAIN]!.flatMap(listSenders).map((term) => term.replace('redirect=', 'include:'))
      expect(senders).toEqual(expect.arrayContaining(wanted))
    }),
  )
})

it('explains every fix of every lead in both languages', () => {
  fc.assert(
    fc.property(judgedLead(), fc.constantFrom('en' as const, 'tr' as const), (lead, language) => {
      for (const { title, text, questions } of explainFixes(lead, language)) {
        expect([title, text, ...questions.map((each) => each.text)].join(' ')).not.toMatch(/undefined|\(\)|: \?|: \./)
      }
    }),
  )
})
