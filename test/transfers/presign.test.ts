import { expect, it } from 'vitest'
import { presignUrl, signPost, type Signer } from '#transfers/presign'

/** Credentials of the examples in Amazon's documentation of Signature Version 4. */
const credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' }
const signer = (now: string): Signer => ({ credentials, region: 'us-east-1', now: new Date(now) })

it("signs a URL as Amazon's example does", () => {
  const address = new URL('https://examplebucket.s3.amazonaws.com/test.txt')
  const url = presignUrl(signer('2013-05-24T00:00:00Z'), address, { method: 'GET', lifeS: 86_400 })
  expect(url).toBe(
    'https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256' +
      '&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z' +
      '&X-Amz-Expires=86400&X-Amz-SignedHeaders=host' +
      '&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
  )
})

it('fixes bucket, key, type, size and end in the policy of a form, and signs with a session token', () => {
  const now = '2026-11-30T09:15:00.123Z'
  const rules = {
    bucket: 'b',
    fields: { key: 'uploads/k/1', 'Content-Type': 'text/csv' },
    bytesMin: 1,
    bytesMax: 9,
    expiresAt: new Date('2026-11-30T09:30:00Z'),
  }
  const own = { ...signer(now), credentials: { ...credentials, sessionToken: 'token' } }
  const { policy = '', ...fields } = signPost(own, rules)
  expect(JSON.parse(Buffer.from(policy, 'base64').toString())).toEqual({
    expiration: '2026-11-30T09:30:00.000Z',
    conditions: [
      { bucket: 'b' },
      ['content-length-range', 1, 9],
      { key: 'uploads/k/1' },
      { 'Content-Type': 'text/csv' },
      { 'x-amz-algorithm': 'AWS4-HMAC-SHA256' },
      { 'x-amz-credential': 'AKIAIOSFODNN7EXAMPLE/20261130/us-east-1/s3/aws4_request' },
      { 'x-amz-date': '20261130T091500Z' },
      { 'x-amz-security-token': 'token' },
    ],
  })
  expect(fields['x-amz-signature']).toMatch(/^[0-9a-f]{64}$/)
  expect(presignUrl(own, new URL('https://b.example/k'), { method: 'GET', lifeS: 1 })).toContain(
    '&X-Amz-Security-Token=token&',
  )
})
