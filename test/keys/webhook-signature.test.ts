import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { generateSecret, isSignedBy, signMessage } from '#keys/webhooks/signature'

/** The secret, message and signature that the libraries of Standard Webhooks publish in their tests. */
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const MESSAGE = {
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  timestamp: '1614265330',
  body: Buffer.from('{"test": 2432232314}'),
}
const SIGNATURE = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='

it('signs as Standard Webhooks publishes it, and verifies what it signed', () => {
  expect(signMessage(SECRET, MESSAGE)).toBe(SIGNATURE)
  expect(isSignedBy(SECRET, MESSAGE, SIGNATURE)).toBe(true)
})

it.each([
  ['among others', `v1,${'A'.repeat(43)}= ${SIGNATURE}`],
  ['before another scheme', `${SIGNATURE} v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw==`],
  ['between several spaces', `  ${SIGNATURE}  `],
])('finds the signature %s', (_, signatures) => {
  expect(isSignedBy(SECRET, MESSAGE, signatures)).toBe(true)
})

it.each([
  ['nothing', ''],
  ['the scheme alone', 'v1,'],
  ['no scheme', SIGNATURE.slice(3)],
  ['another scheme', SIGNATURE.replace('v1', 'v1a')],
  ['the scheme in capitals', SIGNATURE.replace('v1', 'V1')],
  ['a part of it', SIGNATURE.slice(0, -2)],
  ['more than it', `${SIGNATURE}=`],
  ['its last bit turned', SIGNATURE.replace('OE=', 'OF=')],
  ['a comma between two', `${SIGNATURE},${SIGNATURE}`],
])('refuses %s', (_, signatures) => {
  expect(isSignedBy(SECRET, MESSAGE, signatures)).toBe(false)
})

it('refuses the signature for another id, time, body or secret', () => {
  const others = [
    { ...MESSAGE, id: 'msg_other' },
    { ...MESSAGE, timestamp: '1614265331' },
    { ...MESSAGE, body: Buffer.from('{"test":2432232314}') },
  ]
  for (const message of others) expect(isSignedBy(SECRET, message, SIGNATURE)).toBe(false)
  expect(isSignedBy('whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD', MESSAGE, SIGNATURE)).toBe(false)
})

it('makes a secret of 32 random bytes, as long as the standard asks for', () => {
  expect(generateSecret((count) => Buffer.alloc(count, 0xff))).toBe(`whsec_${'/'.repeat(42)}8=`)
})

it.skipIf(spawnSync('openssl', ['version']).error)('is what the commands in docs/webhooks.md compute', () => {
  const [, example = ''] = /```sh\n(KEY=.*?)```/s.exec(readFileSync('docs/webhooks.md', 'utf8')) ?? []
  const stubs = `npx() { [ "$2" = keys ] && echo hk_test_3kTMd92aXb0Q_secret || echo ${SECRET}; }\ncurl() { printf '%s\\0' "$@"; }\n`
  const sent = execFileSync('sh', ['-c', stubs + example], { encoding: 'utf8' }).split('\0')
  const read = (name: string) => sent.find((part) => part.startsWith(`${name}: `))?.slice(name.length + 2) ?? ''
  const body = Buffer.from(sent[sent.indexOf('--data-binary') + 1] ?? '')
  const message = { id: read('webhook-id'), timestamp: read('webhook-timestamp'), body }
  expect(isSignedBy(SECRET, message, read('webhook-signature'))).toBe(true)
  expect(JSON.parse(String(body))).toHaveProperty('data.domain')
})
