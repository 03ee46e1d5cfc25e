import { describe, expect, it } from 'vitest'
import { readDkim } from '#signals/mail/dkim'
import { normaliseDomain } from '#signals/normalise'
import { createFakeDns, type FakeName } from '../../support/fake-dns.ts'

const domain = normaliseDomain('firma.com.tr')
const until = new AbortController().signal
const KEY = 'v=DKIM1; k=rsa; p=MIIBIjANBgkq'
const below = (names: Record<string, FakeName>) =>
  Object.fromEntries(Object.entries(names).map(([name, records]) => [`${name}._domainkey.${domain}`, records]))

async function read(
  names: Record<string, FakeName>,
  { implied = [] as string[], wildcard = undefined as FakeName | undefined } = {},
) {
  const dns = createFakeDns(below(names))
  if (!dns.zone.has(`_domainkey.${domain}`) && Object.keys(names).length > 0) dns.zone.set(`_domainkey.${domain}`, {})
  if (wildcard) {
    dns.onAsk = async (name) => {
      if (name.endsWith(`.${domain}`) && !dns.zone.has(name)) dns.zone.set(name, wildcard)
    }
  }
  return { evidence: await readDkim(dns, { domain, implied, until }), asked: dns.asked }
}

describe('a key', () => {
  it('is found at a common selector, and at one that the provider implies', async () => {
    const { evidence } = await read({ default: { txt: [KEY] }, ntr: { txt: ['k=rsa; p=AAAA'] } }, { implied: ['ntr'] })
    expect(evidence).toMatchObject({ state: 'present', value: { selectors: ['ntr', 'default'], targets: [] } })
    const records = [`ntr._domainkey.${domain} TXT k=rsa; p=AAAA`, `default._domainkey.${domain} TXT ${KEY}`]
    expect(evidence.records).toEqual(records)
  })

  it('keeps the CNAME that leads to it', async () => {
    const target = 'selector1-firma-com-tr._domainkey.firma.onmicrosoft.com'
    const { evidence } = await read({ selector1: { cname: target, txt: [KEY] } })
    const value = { selectors: ['selector1'], targets: [{ selector: 'selector1', target }] }
    expect(evidence).toMatchObject({ state: 'present', value })
  })

  it('may be missing behind a CNAME: the evidence keeps the name and claims no key', async () => {
    const { evidence } = await read({ selector2: { cname: 'x.onmicrosoft.com' } })
    expect(evidence).toMatchObject({ state: 'present', value: { selectors: [], targets: [{ selector: 'selector2' }] } })
  })

  it.each(['v=DKIM1; p=', 'v=DKIM2; p=AAAA', 'v=spf1 -all', 'p', 'hello p = '])('is not "%s"', async (txt) => {
    const { evidence } = await read({ default: { txt: [txt] } })
    expect(evidence).toMatchObject({ state: 'unknown', rcode: 'UNPROVEN' })
  })
})

describe('no key', () => {
  it('is proven only where _domainkey does not exist', async () => {
    expect((await read({})).evidence).toMatchObject({ state: 'absent', rcode: 'NXDOMAIN' })
    const { evidence, asked } = await read({ 'some.selector': { txt: [KEY] } })
    expect(evidence).toMatchObject({ state: 'unknown', rcode: 'UNPROVEN' })
    expect(evidence.records[1]).toMatch(/^no key at selector1, selector2, google, default, /)
    expect(asked.length).toBeLessThan(20)
  })

  it('is not proven by a key’s absence where a name server denies its own branches', async () => {
    const dns = createFakeDns(below({ google: { txt: [KEY] } })) // _domainkey itself is NXDOMAIN
    expect(await readDkim(dns, { domain, implied: [], until })).toMatchObject({ state: 'present' })
  })

  it('is unknown when a selector or the branch did not answer', async () => {
    const failed = { state: 'unknown', rcode: 'SERVFAIL' }
    expect((await read({ google: { fails: 'SERVFAIL' } })).evidence).toMatchObject(failed)
    const dns = createFakeDns({ [`_domainkey.${domain}`]: { fails: 'SERVFAIL' } })
    expect(await readDkim(dns, { domain, implied: [], until })).toMatchObject(failed)
  })
})

describe('a selector that does not answer', () => {
  const target = 'selector1-firma-com-tr._domainkey.firma.onmicrosoft.com'
  const name = `selector1._domainkey.${domain}`

  it('is told beside the key that another holds', async () => {
    const { evidence } = await read({ default: { txt: [KEY] }, selector1: { fails: 'SERVFAIL' } })
    expect(evidence).toMatchObject({ state: 'present', value: { selectors: ['default'], unanswered: [name] } })
  })

  it('is told where its key came and its CNAME did not', async () => {
    const { evidence } = await read({ selector1: { txt: [KEY], cname: target, failsFor: { cname: 'SERVFAIL' } } })
    const value = { selectors: ['selector1'], targets: [], unanswered: [name] }
    expect(evidence).toMatchObject({ state: 'present', value })
  })

  it('leaves the signal unknown where a CNAME without a key may be there', async () => {
    const { evidence } = await read({ selector2: { failsFor: { cname: 'TIMEOUT' } } })
    expect(evidence).toMatchObject({ state: 'unknown', rcode: 'TIMEOUT' })
  })
})

describe('a wildcard', () => {
  it.each<[string, FakeName]>([
    ['key', { txt: [KEY] }],
    ['CNAME', { cname: 'parking.example.net' }],
    ['CNAME to a key', { cname: 'parking.example.net', txt: [KEY] }],
    ['SPF record', { txt: ['v=spf1 -all'] }],
  ])('with a %s is no key of the domain', async (_, wildcard) => {
    expect((await read({}, { wildcard })).evidence).toMatchObject({ state: 'unknown', rcode: 'UNPROVEN' })
  })

  it.each<[string, FakeName]>([
    ['the selector that must not exist', { cname: 'keys.example.net', txt: [KEY], failsFor: { cname: 'SERVFAIL' } }],
    ['nothing', { cname: 'keys.example.net', txt: [KEY] }],
  ])('gives no keys to the domain where the CNAME of %s fails', async (_, improbable) => {
    const wildcard = { cname: 'keys.example.net', txt: [KEY] }
    const { evidence } = await read({ 'hunter-no-such-selector': improbable }, { wildcard })
    expect(evidence.state).toBe('unknown')
  })

  it('is detected even when the CNAME of one selector fails', async () => {
    const wildcard = { cname: 'keys.example.net', txt: [KEY] }
    const { evidence } = await read({ google: { ...wildcard, failsFor: { cname: 'SERVFAIL' } } }, { wildcard })
    expect(evidence).toMatchObject({ state: 'unknown', rcode: 'SERVFAIL' })
  })

  it('does not hide a key of its own beside it', async () => {
    const own = 'v=DKIM1; p=OWNKEY'
    const { evidence } = await read({ google: { txt: [own] } }, { wildcard: { txt: [KEY] } })
    expect(evidence).toMatchObject({ state: 'present', value: { selectors: ['google'] } })
  })

  it('that did not show itself leaves what was found unknown', async () => {
    const { evidence } = await read({ google: { txt: [KEY] }, 'hunter-no-such-selector': { fails: 'TIMEOUT' } })
    expect(evidence).toMatchObject({ state: 'unknown', rcode: 'TIMEOUT' })
  })
})
