import { expect, it } from 'vitest'
import { PRESENCE_RECORDS, readPresenceRecord, readSrv, readTokens } from '#signals/mail/presence-records'

const seen = { resolver: '192.0.2.53', at: '2026-11-20T00:00:00.000Z' }
const answer = <R>(...records: R[]) => ({
  rcode: records.length > 0 ? ('NOERROR' as const) : ('NODATA' as const),
  records,
  ...seen,
})

it.each([
  ['mtaSts', 'v=STSv1; id=20261101;', 'v=STSv10; id=1'],
  ['tlsRpt', 'v=TLSRPTv1; rua=mailto:a@firma.com.tr', 'v=TLSRPTv2;'],
  ['bimi', 'v=BIMI1; l=https://firma.com.tr/l.svg', 'bimi'],
] as const)('sees %s by its own record alone', (name, record, other) => {
  expect(readPresenceRecord(answer(other, record), PRESENCE_RECORDS[name])).toMatchObject({
    state: 'present',
    value: { record },
  })
  expect(readPresenceRecord(answer(other), PRESENCE_RECORDS[name])).toMatchObject({
    state: 'absent',
    rcode: 'NOERROR',
    records: [other],
  })
  expect(readPresenceRecord(answer<string>(), PRESENCE_RECORDS[name])).toMatchObject({
    state: 'absent',
    rcode: 'NODATA',
  })
  expect(readPresenceRecord(answer(record, record), PRESENCE_RECORDS[name])).toMatchObject({ state: 'absent' })
})

it.each([
  ['mtaSts', 'v=STSv1;'],
  ['mtaSts', 'v=STSv1; id='],
  ['mtaSts', 'v=STSv1; id=2026-11-01'],
  ['mtaSts', `v=STSv1; id=${'1'.repeat(33)}`],
  ['mtaSts', 'v=STSv1; xid=20261101'],
  ['tlsRpt', 'v=TLSRPTv1;'],
  ['tlsRpt', 'v=TLSRPTv1; rua='],
  ['tlsRpt', 'v=TLSRPTv1; rua=reports@firma.com.tr'],
] as const)('does not count a %s record that no client can use: %s', (name, record) => {
  expect(readPresenceRecord(answer(record), PRESENCE_RECORDS[name])).toMatchObject({
    state: 'absent',
    records: [record],
  })
})

it.each([
  ['mtaSts', 'v=STSv1 ; x=y; id=A1 ;'],
  ['tlsRpt', 'v=TLSRPTv1;rua=https://reports.firma.com.tr/tls,mailto:a@firma.com.tr'],
  ['bimi', 'v = BIMI1; l='],
  ['bimi', 'v=BIMI1'],
] as const)('sees a %s record that is written in another way: %s', (name, record) => {
  expect(readPresenceRecord(answer(record), PRESENCE_RECORDS[name])).toMatchObject({ state: 'present' })
})

it('names tokens, and only tokens', () => {
  const records = ['MS=ms12345678', 'google-site-verification=abc', 'yandex-verification: 1f', 'v=spf1 -all', 'MS=x']
  const tokens = ['Microsoft 365', 'Google', 'Yandex'].map((service, at) => ({ service, record: records[at] }))
  expect(readTokens(answer(...records))).toMatchObject({
    state: 'present',
    records: records.slice(0, 3),
    value: { tokens },
  })
  expect(readTokens(answer('v=spf1 -all'))).toMatchObject({ state: 'absent', rcode: 'NOERROR' })
})

it('takes the root as target of a service for its refusal', () => {
  const host = { host: 'sipfed.online.lync.com', port: 5061, priority: 100, weight: 1 }
  expect(readSrv(answer(host))).toMatchObject({ state: 'present', records: ['100 1 5061 sipfed.online.lync.com.'] })
  expect(readSrv(answer({ ...host, host: '' }))).toMatchObject({ state: 'absent', rcode: 'NOERROR' })
})
