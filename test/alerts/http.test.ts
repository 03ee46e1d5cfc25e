import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { parseAddress, postSafely, SendProblem } from '#alerts/send/http'
import { LOOPBACK_TLS } from '../support/loopback-tls.ts'
import { startStubReceiver, type StubReceiver } from '../support/stub-receiver.ts'

const run = promisify(execFile)

let plain: StubReceiver
let secure: StubReceiver
beforeAll(async () => {
  plain = await startStubReceiver()
  secure = await startStubReceiver({ tls: true })
})
beforeEach(() => {
  for (const stub of [plain, secure])
    Object.assign(stub, { received: [], answer: (response: { end(): void }) => response.end() })
})
afterAll(() => Promise.all([plain.close(), secure.close()]))

const nobody = () => false

interface World {
  addresses?: string[]
  isTrusted?: (place: { host: string; port: number }) => boolean
  timeoutMs?: number
}

/** Counts how often the host was resolved. */
async function post(url: string, { addresses = ['127.0.0.1'], isTrusted = nobody, timeoutMs = 5_000 }: World = {}) {
  let resolved = 0
  const network = { resolve: async () => ((resolved += 1), addresses), isTrusted }
  const request = { url, headers: { 'Content-Type': 'text/plain' }, body: Buffer.from('merhaba') }
  const answer = await postSafely({ network, timeoutMs, ca: LOOPBACK_TLS.cert }, request)
  return { ...answer, resolved }
}

const trustAll = { isTrusted: () => true }

describe('an address that people typed in', () => {
  it.each([
    ['http://hooks.test/', 'must be an https URL'],
    ['ftp://hooks.test/', 'must be an https URL'],
    ['file:///etc/passwd', 'must be an https URL'],
    ['hooks.test', 'must be an https URL'],
    [`https://hooks.test/${'a'.repeat(2_000)}`, 'must be an https URL'],
    ['https://user@hooks.test/', 'must have no user name or password'],
    ['https://user:password@hooks.test/', 'must have no user name or password'],
    ['https://hooks.test:22/', 'must use port 443 or a port from 1024 on'],
    ['https://hooks.test:80/', 'must use port 443 or a port from 1024 on'],
  ])('%s is refused: it %s', (url, problem) => {
    expect(parseAddress(url, nobody)).toBe(problem)
  })

  it.each([
    'https://127.0.0.1/',
    'https://127.1/',
    'https://2130706433/',
    'https://0x7f000001/',
    'https://0177.0.0.1/',
    'https://0.0.0.0/',
    'https://10.1.2.3/',
    'https://172.16.0.1/',
    'https://192.168.1.1/',
    'https://169.254.169.254/latest/meta-data/',
    'https://169.254.100.1:9001/',
    'https://100.64.0.1/',
    'https://198.18.0.1/',
    'https://192.0.2.1/',
    'https://224.0.0.1/',
    'https://240.0.0.1/',
    'https://255.255.255.255/',
    'https://[::1]/',
    'https://[::]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[::ffff:7f00:1]/',
    'https://[::127.0.0.1]/',
    'https://[64:ff9b::a9fe:a9fe]/',
    'https://[64:ff9b:1::a00:1]/',
    'https://[2002:7f00:1::]/',
    'https://[2001::1]/',
    'https://[2001:db8::1]/',
    'https://[fd00:ec2::254]/',
    'https://[fe80::1]/',
    'https://[fec0::1]/',
    'https://[ff02::1]/',
    'https://localhost/',
    'https://metadata/',
  ])('%s is refused before anything is resolved', async (url) => {
    expect(parseAddress(url, nobody)).toBe('must lead to the public internet')
    await expect(post(url)).rejects.toThrow('The address must lead to the public internet.')
  })

  it.each([
    'https://hooks.slack.com/services/T0/B0/secret',
    'https://hooks.test:8443/a?b=c',
    'https://8.8.8.8/',
    'https://[2606:4700::1111]/',
  ])('%s is accepted, without its fragment', (url) => {
    expect(String(parseAddress(`${url}#part`, nobody))).toBe(url)
  })

  it('may be plain HTTP only where the operator trusts that very host and port', () => {
    const isTrusted = ({ host, port }: { host: string; port: number }) => host === '127.0.0.1' && port === 8788
    expect(String(parseAddress('http://127.0.0.1:8788/slack', isTrusted))).toBe('http://127.0.0.1:8788/slack')
    expect(parseAddress('http://127.0.0.1:8789/slack', isTrusted)).toBe('must be an https URL')
    expect(parseAddress('ftp://127.0.0.1:8788/slack', isTrusted)).toBe('must be an https URL')
  })
})

describe('the connection', () => {
  it.each([
    ['a private address', ['10.0.0.1']],
    ['a public and a private address', ['8.8.8.8', '127.0.0.1']],
    ['a private IPv6 address beside a public IPv4 one', ['8.8.8.8', 'fd00::1']],
    ['a private address in IPv6 clothes', ['::ffff:10.0.0.1']],
    ['the metadata service', ['169.254.169.254']],
    ['no readable address', ['not-an-address']],
  ])('is refused for a name with %s', async (_name, addresses) => {
    await expect(post('https://hooks.test/', { addresses })).rejects.toThrow(
      'The address must lead to the public internet.',
    )
  })

  it('goes to the address that was checked, under the name of the URL, and resolves that name once', async () => {
    const answer = await post(`https://registry.test:${secure.port}/a?b=c#d`, trustAll)
    expect(answer).toMatchObject({ status: 200, resolved: 1 })
    expect(secure.received).toMatchObject([
      {
        method: 'POST',
        url: '/a?b=c',
        headers: { host: `registry.test:${secure.port}` },
        body: Buffer.from('merhaba'),
      },
    ])
  })

  it('needs a certificate for the name', async () => {
    const wrong = post(`https://other.test:${secure.port}/`, trustAll)
    await expect(wrong).rejects.toThrow('The connection failed (ERR_TLS_CERT_ALTNAME_INVALID).')
    expect(secure.received).toEqual([])
  })

  it('passes by the proxy that the environment names', async () => {
    const proxy = await startStubReceiver()
    try {
      const env = {
        ...process.env,
        NODE_USE_ENV_PROXY: '1',
        HTTP_PROXY: `http://127.0.0.1:${proxy.port}`,
        NO_PROXY: '',
      }
      const program = join(import.meta.dirname, '../support/post-safely-process.ts')
      const { stdout } = await run(process.execPath, [program, `http://127.0.0.1:${plain.port}/`], { env })
      expect(stdout).toBe('200\n')
      expect([plain.received.length, proxy.received.length]).toEqual([1, 0])
    } finally {
      await proxy.close()
    }
  })

  it('follows no redirect', async () => {
    plain.answer = (response) => response.writeHead(302, { Location: `http://127.0.0.1:${plain.port}/inside` }).end()
    expect(await post(`http://127.0.0.1:${plain.port}/`, trustAll)).toMatchObject({ status: 302, resolved: 0 })
    expect(plain.received).toHaveLength(1)
  })

  it('ends with its time, and says so, when no answer comes', async () => {
    plain.answer = () => undefined
    await expect(post(`http://127.0.0.1:${plain.port}/`, { ...trustAll, timeoutMs: 200 })).rejects.toThrow(
      'The receiver did not answer in time.',
    )
  })

  it('keeps the status of an answer that never ends', async () => {
    plain.answer = (response) => void response.writeHead(200).write('o')
    const answer = await post(`http://127.0.0.1:${plain.port}/`, { ...trustAll, timeoutMs: 300 })
    expect(answer).toMatchObject({ status: 200, text: 'o' })
  })

  it('reads 64 kB of an answer and hangs up', async () => {
    plain.answer = (response) => {
      response.writeHead(200)
      const more = () =>
        void (
          response.destroyed || (response.write('x'.repeat(16_384)) ? setImmediate(more) : response.once('drain', more))
        )
      more()
    }
    const answer = await post(`http://127.0.0.1:${plain.port}/`, trustAll)
    expect(answer.text).toHaveLength(65_536)
  })

  it.each<[string, World, string]>([
    ['has no address', { addresses: [] }, 'The host of the address has no IP address, or its DNS does not answer.'],
    ['refuses the connection', trustAll, 'The connection failed (ECONNREFUSED).'],
  ])('says why when the host %s', async (_name, world, reason) => {
    const problem = await post('https://hooks.test:1024/', world).catch((error: unknown) => error)
    expect(problem).toBeInstanceOf(SendProblem)
    expect(problem).toMatchObject({ message: reason })
  })
})
