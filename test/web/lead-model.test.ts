import { expect, it } from 'vitest'
import { type Lead, writeCommands, writeZoneLine } from '#web/lead/model'

const lead = (resolver: string | null, selectors?: string[]) =>
  ({
    domain: 'acme.com.tr',
    signals: {
      mx: { state: 'unknown', resolver },
      dmarc: { state: 'absent', resolver },
      registration: { state: 'present', resolver },
      networks: { state: 'unknown', resolver },
      dkim: selectors ? { state: 'present', resolver, value: { selectors } } : { state: 'absent', resolver },
    },
  }) as unknown as Lead

it('asks the resolver that answered, unless that is on the machine of the scan', () => {
  expect(writeCommands(lead('1.1.1.1'), 'mx')).toEqual(['dig @1.1.1.1 acme.com.tr MX +noall +comments +answer'])
  for (const local of ['127.0.0.1', '127.0.0.1:39841', null]) {
    expect(writeCommands(lead(local), 'dmarc')).toEqual(['dig _dmarc.acme.com.tr TXT +noall +comments +answer'])
  }
})

it('asks for each DKIM selector that has a key, and the registry for the registration', () => {
  expect(writeCommands(lead(null, ['a', 'b']), 'dkim')).toEqual([
    'dig a._domainkey.acme.com.tr TXT +noall +comments +answer',
    'dig b._domainkey.acme.com.tr TXT +noall +comments +answer',
  ])
  expect(writeCommands(lead(null), 'registration')).toEqual(['whois acme.com.tr'])
  expect(writeCommands(lead(null), 'networks')).toEqual([])
})

it('writes a record as a line of a zone file: quotes escaped, and a long text in strings of at most 255 bytes', () => {
  const record = { host: '_dmarc.acme.com.tr', type: 'TXT', value: 'v=DMARC1; p="none"\\', ttl_seconds: 3_600 }
  expect(writeZoneLine(record)).toBe(String.raw`_dmarc.acme.com.tr. 3600 IN TXT "v=DMARC1; p=\"none\"\\"`)
  const long = writeZoneLine({ host: 'a.b', type: 'TXT', value: 'x'.repeat(600) })
  expect(long.match(/"x+"/g)?.map((part) => part.length - 2)).toEqual([250, 250, 100])
})
