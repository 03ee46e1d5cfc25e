import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { once } from 'node:events'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LOCAL_CREDENTIALS, type S3Server, startS3Server } from '#emulators/s3/server'
import { TestClock } from '../support/test-clock.ts'
import { clientFor, noise } from './conformance/suite.ts'

const MIB = 1024 * 1024

interface HttpRequest {
  method: string
  path: string
  query: Record<string, string>
  headers: Record<string, string>
}
const object = { Bucket: 'data', Key: 'k' }

describe('the embedded S3 server and clients that misbehave', () => {
  let dir: string
  let server: S3Server
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'hunter-s3-'))
    server = await startS3Server({ dir, buckets: ['data'], clock: new TestClock() })
  })
  afterEach(async () => {
    await server.close()
    await rm(dir, { recursive: true })
  })
  const bodies = () => readdir(join(dir, 'data', 'bodies'))

  it('keeps the old object, and no rests, when a client goes away in the middle of a put', async () => {
    const client = clientFor(server.url, LOCAL_CREDENTIALS)()
    await client.send(new PutObjectCommand({ ...object, Body: 'before' }))
    const going = new AbortController()
    const body = async function* () {
      yield noise(MIB)
      await expect.poll(bodies).toHaveLength(2)
      going.abort()
      await new Promise(() => undefined)
    }
    const put = new PutObjectCommand({ ...object, Body: Readable.from(body()), ContentLength: 50 * MIB })
    await expect(client.send(put, { abortSignal: going.signal })).rejects.toMatchObject({ name: 'AbortError' })
    await expect.poll(bodies).toHaveLength(1)
    const { Body } = await client.send(new GetObjectCommand(object))
    expect(await Body!.transformToString()).toBe('before')
  })

  it('ends when it is told to, with a put in the middle and a reader that does not read', async () => {
    const client = clientFor(server.url, LOCAL_CREDENTIALS)()
    await client.send(new PutObjectCommand({ ...object, Body: noise(20 * MIB) }))
    const { Body } = await client.send(new GetObjectCommand(object))
    const body = async function* () {
      yield noise(MIB)
      await new Promise(() => undefined)
    }
    const put = client.send(new PutObjectCommand({ ...object, Body: Readable.from(body()), ContentLength: 50 * MIB }))
    const outcome = put.then(() => 'stored', String)
    await expect.poll(bodies).toHaveLength(2)
    await server.close()
    expect(await outcome).toMatch(/hang up|ECONNRESET|EPIPE/)
    await expect((Body as Readable).toArray()).rejects.toThrow('aborted')
    expect(await bodies()).toHaveLength(1)
  })

  it('answers a refusal before the body has come, and reads the rest so that the client can go on', async () => {
    const rest = 30 * MIB
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
    let received = ''
    socket.on('data', (data) => (received += data.toString()))
    const answers = () => received.match(/HTTP\/1.1 [2-5]\d\d|<Code>\w+(?=<)/g) ?? []
    const send = async (bytes: string | Buffer) => void (socket.write(bytes) || (await once(socket, 'drain')))

    const head = await signedHead(new PutObjectCommand({ ...object, Body: Readable.from([]), ContentLength: rest + 4 }))
    const size = rest.toString(16)
    const length = `4\r\ntiny\r\n${size}\r\n\r\n0\r\n\r\n`.length + rest
    await send(head.replace('transfer-encoding: chunked', `content-length: ${length}`))
    await send(`4\r\ntiny\r\n${size}\r\n`)
    await expect.poll(answers).toEqual(['HTTP/1.1 403', '<Code>InvalidChunkSizeError'])
    for (let sent = 0; sent < rest; sent += MIB) await send(noise(MIB, 'same'))
    await send(`\r\n0\r\n\r\n${await signedHead(new GetObjectCommand(object))}`)
    await expect.poll(() => answers().slice(2)).toEqual(['HTTP/1.1 404', '<Code>NoSuchKey'])
    socket.destroy()
    expect(await bodies()).toEqual([])
  })

  /** What the client would send of the command, signed, up to the body. */
  async function signedHead(command: PutObjectCommand | GetObjectCommand): Promise<string> {
    const client = clientFor(server.url, LOCAL_CREDENTIALS)()
    let head = ''
    client.middlewareStack.add(
      () => async (args) => {
        const { method, path, query, headers } = args.request as HttpRequest
        const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
        head = `${method} ${path}?${new URLSearchParams(query).toString()} HTTP/1.1\r\n${lines.join('')}\r\n`
        throw new Error('not sent')
      },
      { step: 'finalizeRequest', priority: 'low' },
    )
    await expect(client.send(command)).rejects.toThrow('not sent')
    return head
  }

  it('refuses a condition on an operation that has none', async () => {
    const client = clientFor(server.url, LOCAL_CREDENTIALS)()
    await client.send(new PutObjectCommand({ ...object, Body: 'kept' }))
    const removal = client.send(new DeleteObjectCommand({ ...object, IfMatch: '"0123"' }))
    await expect(removal).rejects.toMatchObject({ name: 'NotImplemented' })
    expect(await bodies()).toHaveLength(1)
  })

  it('listens on the loopback address alone', async () => {
    const { port } = new URL(server.url)
    const reached = await new Promise<string>((resolve) => {
      const socket = connect({ host: '127.0.0.2', port: Number(port) })
      socket.once('connect', () => resolve('connected')).once('error', (error) => resolve(error.message))
    })
    expect(reached).toContain('ECONNREFUSED')
  })
})
