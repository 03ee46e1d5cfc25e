import * as fc from '../../support/seeded.ts'
import { describe, expect, it } from 'vitest'
import { FINGERPRINTS, type ProviderOverride } from '#signals/provider/fingerprints'
import { getMatcher, findSelectorOwner } from '#signals/provider/matcher'
import { identifyProvider } from '#signals/provider/identify-provider'
import type { CnameChain, MxHost, Signals } from '#signals/signals'
import { VOTE_WEIGHTS } from '#signals/provider/votes'
import { absent, dkimOf, present, sampleSignals, spfOf, unanswered } from '../../support/sample-signals.ts'

const mxOf = (...hosts: string[]) => {
  const list = hosts.map((host, index): MxHost => ({ host, preference: (index + 1) * 10 }))
  return present({ hosts: list, nullMx: false })
}
const spfTo = (...includes: string[]) => present({ ...spfOf('v=spf1 -all'), includes, senders: includes })
const verdictOf = (changes: Partial<Signals>) =>
  identifyProvider(sampleSignals('firma.com.tr', { dkim: absent(), ...changes }))

const MICROSOFT = 'firma-com-tr.mail.protection.outlook.com'
const PROOFPOINT = 'mx0a-00000000.pphosted.com'

describe('the mailbox', () => {
  it.each([
    [MICROSOFT, 'microsoft-365', 'microsoft-365'],
    ['firma-com-tr.r-v1.mx.microsoft', 'microsoft-365', 'microsoft-365'],
    ['firma.olc.protection.outlook.com', 'outlook-consumer', 'consumer'],
    ['alt1.aspmx.l.google.com', 'google-workspace', 'google'],
    ['alt1.gmail-smtp-in.l.google.com', 'gmail-consumer', 'consumer'],
    ['mx.yandex.net', 'yandex', 'mailbox'],
    ['mx.zoho.eu', 'zoho', 'mailbox'],
    ['mx-01.kurumsaleposta.com', 'natro', 'hosting'],
    ['mx.turkticaret.net', 'turkticaret', 'hosting'],
    ['mail.firma.com.tr', 'own-server', 'own-server'],
    ['firma.com.tr', 'own-server', 'own-server'],
    ['posta.muhtar.gov.tr', 'muhtar', 'public-sector'],
    ['mx.somebody-else.net', 'unknown', 'unknown'],
  ])('behind %s is %s', (host, id, kind) => {
    expect(verdictOf({ mx: mxOf(host), spf: absent() })).toMatchObject({ gateway: null, mailbox: { id, kind } })
  })

  it('matches whole labels only', () => {
    for (const host of ['mail.protection.outlook.com.evil.net', 'evilpphosted.com', 'notfirma.com.tr', 'xzoho.com']) {
      expect(verdictOf({ mx: mxOf(host), spf: absent() }).votes).toEqual([])
    }
  })

  it('is none without MX and with the null MX', () => {
    const none = { mailbox: { id: 'none', kind: 'none', settled: true } }
    expect(verdictOf({ mx: absent() })).toMatchObject(none)
    expect(verdictOf({ mx: present({ hosts: [], nullMx: true }) })).toMatchObject(none)
  })

  it('is unknown, not none, where mail goes to the address of a domain without MX', () => {
    const address = present({ addresses: ['192.0.2.1'] })
    const unknown = { mailbox: { id: 'unknown', settled: false } }
    const autodiscover = present({ targets: ['autodiscover.outlook.com'], addresses: [], loops: false, unanswered: [] })
    const mx = { ...absent(), rcode: 'NODATA' } as const
    expect(verdictOf({ mx, a: address })).toMatchObject(unknown)
    expect(verdictOf({ mx, aaaa: present({ addresses: ['2001:db8::1'] }), autodiscover })).toMatchObject(unknown)
    expect(verdictOf({ mx, a: unanswered() })).toMatchObject({ mailbox: { id: 'none', settled: false } })
    const missing = { ...absent(), rcode: 'NXDOMAIN' } as const
    expect(verdictOf({ mx: missing, a: address })).toMatchObject({ mailbox: { id: 'none', settled: true } })
  })

  it('is unknown, not none, when the MX did not answer, whatever SPF says', () => {
    const verdict = verdictOf({ mx: unanswered(), spf: spfTo('spf.protection.outlook.com') })
    expect(verdict.mailbox).toMatchObject({ kind: 'unknown', confidence: 0, settled: false })
    expect(verdict.votes).toMatchObject([{ provider: 'microsoft-365', signal: 'spf' }])
  })

  it('follows the MX where SPF names another provider', () => {
    const { mailbox } = verdictOf({ mx: mxOf(MICROSOFT), spf: spfTo('_spf.google.com') })
    expect(mailbox).toMatchObject({ id: 'microsoft-365', settled: true })
  })

  it('is suggested, and not settled, by SPF alone', () => {
    for (const host of ['mx.firma.com.tr', PROOFPOINT]) {
      const { mailbox } = verdictOf({ mx: mxOf(host), spf: spfTo('spf.protection.outlook.com') })
      expect(mailbox).toMatchObject({ id: 'microsoft-365', settled: false })
      expect(mailbox.confidence).toBeLessThan(0.5)
    }
    const autodiscover = present({ targets: ['autodiscover.outlook.com'], addresses: [], loops: false, unanswered: [] })
    const both = verdictOf({ mx: mxOf('mx.firma.com.tr'), spf: spfTo('spf.protection.outlook.com'), autodiscover })
    expect(both.mailbox).toMatchObject({ id: 'microsoft-365', settled: true })
  })

  it('is not what a host that the company names includes in its own SPF record', () => {
    const includes = ['spf.host.test', 'spf.protection.outlook.com']
    const spf = present({ ...spfOf('v=spf1 mx include:spf.host.test -all'), includes, senders: ['spf.host.test'] })
    const { mailbox, votes, tenants } = verdictOf({ mx: mxOf('mx.firma.com.tr'), spf })
    expect(mailbox).toMatchObject({ id: 'own-server', settled: true })
    expect(votes.filter(({ signal }) => signal === 'spf')).toEqual([])
    expect(tenants.microsoft365).toEqual([])
  })

  it('is the one that the MX names where SPF names several', () => {
    const spf = spfTo('spf.protection.outlook.com', '_spf.google.com')
    expect(verdictOf({ mx: mxOf('mx.firma.com.tr'), spf }).mailbox).toMatchObject({ id: 'own-server', settled: false })
    const backup = mxOf('mx.nobody.net', 'mx.yandex.net')
    expect(verdictOf({ mx: backup, spf }).mailbox).toMatchObject({ id: 'yandex', settled: false })
  })

  it('is surer with two signals than with one', () => {
    const one = verdictOf({ mx: mxOf(MICROSOFT), spf: absent() })
    const two = verdictOf({ mx: mxOf(MICROSOFT), spf: spfTo('spf.protection.outlook.com') })
    expect(two.mailbox.confidence).toBeGreaterThan(one.mailbox.confidence)
  })

  it('is not decided between two that convince alike', () => {
    const spf = spfTo('spf.protection.outlook.com', '_spf.google.com')
    const verdict = verdictOf({ mx: mxOf(PROOFPOINT), spf })
    expect(verdict.mailbox).toMatchObject({ kind: 'unknown', confidence: 0 })
    expect(verdict.votes.map(({ provider }) => provider)).toEqual(['proofpoint', 'microsoft-365', 'google-workspace'])
  })

  it('is open while SPF, or a part of it, has not answered and the MX does not decide', () => {
    const half = present({ ...spfOf('v=spf1 -all', 'undetermined'), unanswered: ['_spf.firma.com.tr'] })
    for (const spf of [unanswered(), half]) {
      expect(verdictOf({ mx: mxOf('mx.firma.com.tr'), spf }).mailbox.settled).toBe(false)
      expect(verdictOf({ mx: mxOf(MICROSOFT), spf }).mailbox.settled).toBe(true)
    }
  })
})

describe('the gateway', () => {
  it('is told apart from the mailbox, each with its evidence', () => {
    const verdict = verdictOf({ mx: mxOf(PROOFPOINT), spf: spfTo('spf.protection.outlook.com') })
    expect(verdict).toMatchObject({
      gateway: { id: 'proofpoint', kind: 'filter', confidence: 0.95 },
      mailbox: { id: 'microsoft-365', confidence: 0.4 },
      votes: [
        { role: 'gateway', signal: 'mx', evidence: PROOFPOINT, fingerprint: 'pphosted.com' },
        { role: 'mailbox', signal: 'spf', evidence: 'spf.protection.outlook.com' },
      ],
    })
  })

  it('hides the mailbox when nothing else shows it', () => {
    const verdict = verdictOf({ mx: mxOf(PROOFPOINT), spf: absent() })
    expect(verdict).toMatchObject({ gateway: { id: 'proofpoint' }, mailbox: { kind: 'unknown', settled: true } })
  })

  it('may be a mere forwarder', () => {
    expect(verdictOf({ mx: mxOf('route1.mx.cloudflare.net') }).gateway).toMatchObject({ kind: 'forwarder' })
  })

  it('may show the mailbox through a host of higher preference', () => {
    const verdict = verdictOf({ mx: mxOf(PROOFPOINT, MICROSOFT), spf: absent() })
    expect(verdict).toMatchObject({ gateway: { id: 'proofpoint' }, mailbox: { id: 'microsoft-365' } })
  })
})

describe('the other voters', () => {
  const aliasTo = (target: string) =>
    present<CnameChain>({ targets: [target], addresses: [], loops: false, unanswered: [] })
  const selectorTo = (selector: string, target: string) => present(dkimOf([selector], [{ selector, target }]))

  it('show the mailbox behind a gateway, each vote listed', () => {
    const dkim = selectorTo('selector1', 'selector1-firma._domainkey.firma.onmicrosoft.com')
    const verdict = verdictOf({
      mx: mxOf(PROOFPOINT),
      spf: absent(),
      dkim,
      autodiscover: aliasTo('autodiscover.outlook.com'),
    })
    expect(verdict).toMatchObject({ gateway: { id: 'proofpoint' }, mailbox: { id: 'microsoft-365', confidence: 0.75 } })
    expect(verdict.votes.map(({ signal, fingerprint }) => [signal, fingerprint])).toEqual([
      ['mx', 'pphosted.com'],
      ['dkim', 'onmicrosoft.com'],
      ['autodiscover', 'autodiscover.outlook.com'],
    ])
  })

  it('break a tie of SPF', () => {
    const changes = { mx: mxOf(PROOFPOINT), spf: spfTo('spf.protection.outlook.com', '_spf.google.com') }
    expect(verdictOf(changes).mailbox.kind).toBe('unknown')
    expect(verdictOf({ ...changes, dkim: present(dkimOf(['google'])) }).mailbox.id).toBe('google-workspace')
  })

  it('never outvote the mailbox that the best MX names, all of them together', () => {
    const {
      mxPrimary,
      nullMx: _null,
      noMx: _no,
      mxOwnName: _own,
      dkimSelector: _selector,
      ns,
      ...others
    } = VOTE_WEIGHTS
    const doubt = Object.values({ ...others, ns }).reduce((product, weight) => product * (1 - weight), 1)
    expect(1 - doubt).toBeLessThan(mxPrimary)
    const verdict = verdictOf({
      mx: mxOf('aspmx.l.google.com', MICROSOFT),
      spf: spfTo('spf.protection.outlook.com'),
      dkim: selectorTo('selector1', 'x.onmicrosoft.com'),
      autodiscover: aliasTo('autodiscover.outlook.com'),
    })
    expect(verdict.mailbox).toMatchObject({ id: 'google-workspace', settled: true })
  })

  it('who only sends is never the provider', () => {
    const spf = spfTo('amazonses.com', 'sendgrid.net', 'mailgun.org', 'spf.mandrillapp.com')
    expect(
      verdictOf({ mx: mxOf('mx.nobody.net'), spf, dkim: selectorTo('s1', 's1.u1.wl.sendgrid.net') }).votes,
    ).toEqual([])
  })

  it('let NS speak only for mail under the domain’s own name', () => {
    const ns = present({ hosts: ['ns1.turhost.com'] })
    const own = verdictOf({ mx: mxOf('firma.com.tr'), spf: spfTo('_spf.trwww.com'), ns })
    expect(own).toMatchObject({ mailbox: { id: 'turhost', kind: 'hosting' } })
    expect(own.votes.map(({ signal }) => signal)).toEqual(['mx', 'spf', 'ns'])
    expect(verdictOf({ mx: mxOf('firma.com.tr'), spf: absent(), ns }).mailbox.id).toBe('own-server')
    expect(verdictOf({ mx: mxOf('mx.nobody.net'), spf: absent(), ns }).votes).toEqual([])
  })

  it('leave the verdict open until they answered, unless the MX decides', () => {
    for (const name of ['dkim', 'autodiscover', 'autodiscoverSrv', 'ns'] as const) {
      const changes = { spf: absent(), [name]: unanswered() }
      expect(verdictOf({ ...changes, mx: mxOf('mx.firma.com.tr') }).mailbox.settled).toBe(false)
      expect(verdictOf({ ...changes, mx: mxOf(MICROSOFT) }).mailbox.settled).toBe(true)
    }
  })

  it('do not make a gateway of a filter that the domain only sends through', () => {
    const spf = spfTo('_spf.uzmanposta.com')
    expect(verdictOf({ mx: mxOf(MICROSOFT), spf }).gateway).toBeNull()
    expect(verdictOf({ mx: mxOf('mx.firma.com.tr'), spf }).gateway).toMatchObject({ id: 'uzman-posta' })
  })
})

describe('an administrator’s fingerprint', () => {
  const decide = (changes: Partial<Signals>, override: ProviderOverride) =>
    identifyProvider(sampleSignals('firma.com.tr', { spf: absent(), dkim: absent(), ...changes }), [override])

  it('goes before the built-in ones, for MX, SPF and NS', () => {
    const mx = decide({ mx: mxOf(MICROSOFT) }, { signal: 'mx', suffix: 'outlook.com', providerId: 'yandex' })
    expect(mx).toMatchObject({ mailbox: { id: 'yandex' }, votes: [{ fingerprint: 'override:outlook.com' }] })
    const nobody = { mx: mxOf('mx.nobody.net') }
    const spf = { ...nobody, spf: spfTo('spf.nobody.net') }
    expect(decide(spf, { signal: 'spf', suffix: 'nobody.net', providerId: 'natro' }).mailbox.id).toBe('natro')
    const ns = { ...nobody, ns: present({ hosts: ['ns1.nobody.net'] }) }
    expect(decide(ns, { signal: 'ns', suffix: 'nobody.net', providerId: 'natro' }).mailbox.id).toBe('natro')
  })

  it('is ignored when it names an unknown provider', () => {
    const verdict = decide({ mx: mxOf(MICROSOFT) }, { signal: 'mx', suffix: 'outlook.com', providerId: 'nobody' })
    expect(verdict.mailbox.id).toBe('microsoft-365')
  })
})

describe('the fingerprints', () => {
  const suffixes = FINGERPRINTS.flatMap(({ mx, spf, dkim, autodiscover, ns }) => [
    ...mx,
    ...spf,
    ...dkim,
    ...autodiscover,
    ...ns,
  ])

  it('are host names in lower case', () => {
    for (const suffix of suffixes) expect(suffix).toMatch(/^[a-z0-9_-]+(\.[a-z0-9_-]+)+$/)
  })

  it('name one provider each', () => {
    const ids = FINGERPRINTS.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    for (const key of ['mx', 'spf', 'dkim', 'autodiscover', 'ns', 'ownSelectors'] as const) {
      const all = FINGERPRINTS.flatMap((each) => each[key])
      expect(new Set(all).size).toBe(all.length)
    }
  })

  it('give a source to every exception, and only to what they hold', () => {
    for (const { exceptions, mx, spf, dkim, autodiscover, ns, ownSelectors, selectors } of FINGERPRINTS) {
      const all = [...mx, ...spf, ...dkim, ...autodiscover, ...ns, ...ownSelectors, ...selectors]
      expect(all).toEqual(expect.arrayContaining(Object.keys(exceptions)))
    }
  })

  it.each(FINGERPRINTS)('find $id from any host below and from its own selectors', (fingerprint) => {
    for (const signal of ['mx', 'spf', 'dkim', 'autodiscover', 'ns'] as const) {
      for (const suffix of fingerprint[signal])
        expect(getMatcher([])(signal, `a.b.${suffix}`)?.fingerprint).toBe(fingerprint)
    }
    for (const selector of fingerprint.ownSelectors) expect(findSelectorOwner(selector)).toBe(fingerprint)
  })

  it.each(FINGERPRINTS.filter(({ role }) => role !== 'sender'))(
    'identify $id by each of its MX',
    ({ id, role, mx }) => {
      for (const suffix of mx) {
        const { mailbox, gateway } = verdictOf({ mx: mxOf(`a.b.${suffix}`), spf: absent() })
        expect(role === 'mailbox' ? mailbox.id : gateway?.id).toBe(id)
      }
    },
  )
})

it('gives the same verdict for the same signals, with a confidence from 0 to 1', () => {
  const host = fc.constantFrom(MICROSOFT, PROOFPOINT, 'mx.yandex.net', 'mail.firma.com.tr', 'mx.nobody.net')
  const name = fc.constantFrom('spf.protection.outlook.com', '_spf.google.com', 'natrohost.com', 'nobody.net')
  fc.assert(
    fc.property(fc.array(host, { maxLength: 4 }), fc.array(name, { maxLength: 4 }), (hosts, names) => {
      const changes = { mx: mxOf(...hosts), spf: spfTo(...names) }
      const { mailbox, gateway } = verdictOf(changes)
      expect(verdictOf(changes)).toEqual(verdictOf(changes))
      for (const { confidence } of [mailbox, ...(gateway ? [gateway] : [])]) {
        expect(confidence).toBeGreaterThanOrEqual(0)
        expect(confidence).toBeLessThanOrEqual(1)
      }
    }),
  )
})
