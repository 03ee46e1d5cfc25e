import { expect, it } from 'vitest'
import { readCnameChain } from '#signals/mail/cname-chain'
import { createFakeDns, type FakeName } from '../../support/fake-dns.ts'

const name = 'autodiscover.firma.com.tr'
const until = new AbortController().signal

async function read(names: Record<string, FakeName>) {
  const dns = createFakeDns(names)
  const isKnown = (target: string) => target === 'autodiscover.outlook.com'
  return { evidence: await readCnameChain(dns, { name, isKnown, until }), asked: dns.asked }
}

it('follows a chain as far as it says something, and no further', async () => {
  const { evidence, asked } = await read({
    [name]: { cname: 'a.firma.com.tr' },
    'a.firma.com.tr': { cname: 'autodiscover.outlook.com' },
    'autodiscover.outlook.com': { cname: 'somewhere.inside' },
  })
  const targets = ['a.firma.com.tr', 'autodiscover.outlook.com']
  expect(evidence).toMatchObject({ state: 'present', value: { targets, loops: false } })
  expect(evidence.records).toEqual([`${name} CNAME a.firma.com.tr.`, 'a.firma.com.tr CNAME autodiscover.outlook.com.'])
  expect(asked).toEqual([name, 'a.firma.com.tr'])
})

it('ends at a loop, and says so', async () => {
  const { evidence } = await read({
    [name]: { cname: 'a.net' },
    'a.net': { cname: 'b.net' },
    'b.net': { cname: 'a.net' },
  })
  expect(evidence).toMatchObject({ value: { targets: ['a.net', 'b.net', 'a.net'], loops: true } })
  expect((await read({ [name]: { cname: name } })).evidence).toMatchObject({ value: { targets: [name], loops: true } })
})

it('gives up on a chain that is longer than any resolver follows', async () => {
  const chain = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`n${at}.net`, { cname: `n${at + 1}.net` }]))
  const { evidence, asked } = await read({ [name]: { cname: 'n0.net' }, ...chain })
  expect(evidence).toMatchObject({ state: 'present', value: { loops: false } })
  expect(asked.length).toBeLessThanOrEqual(8)
})

it('keeps what it saw when the rest of a chain does not answer', async () => {
  const { evidence } = await read({ [name]: { cname: 'a.net' }, 'a.net': { fails: 'SERVFAIL' } })
  expect(evidence).toMatchObject({ state: 'present', value: { targets: ['a.net'], unanswered: ['a.net'] } })
})

it('is present with an IPv6 address alone', async () => {
  const { evidence } = await read({ [name]: { aaaa: ['2001:db8::1'] } })
  expect(evidence).toMatchObject({ state: 'present', value: { addresses: ['2001:db8::1'] } })
  expect(evidence.records).toEqual([`${name} AAAA 2001:db8::1`])
  const silent = { [name]: { failsFor: { aaaa: 'SERVFAIL' } } } as const
  expect((await read(silent)).evidence).toMatchObject({ state: 'unknown', rcode: 'SERVFAIL' })
})

it('knows a name with an address of its own, an empty one, a missing one and a silent one apart', async () => {
  const own = (await read({ [name]: { a: ['192.0.2.1'] } })).evidence
  expect(own).toMatchObject({ state: 'present', value: { targets: [], addresses: ['192.0.2.1'] } })
  expect((await read({ [name]: {} })).evidence).toMatchObject({ state: 'absent', rcode: 'NODATA' })
  expect((await read({})).evidence).toMatchObject({ state: 'absent', rcode: 'NXDOMAIN' })
  expect((await read({ [name]: { fails: 'REFUSED' } })).evidence).toMatchObject({ state: 'unknown', rcode: 'REFUSED' })
})
