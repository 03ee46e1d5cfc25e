import * as fc from '../../support/seeded.ts'
import { expect, test } from 'vitest'
import { createMessageReader, createRequestReader, encodeCString, buildMessage } from '#backups/postgres/wire-protocol'

const messages = fc.array(
  fc.record({
    type: fc.constantFrom('D', 'Z', 'd'),
    body: fc.uint8Array({ maxLength: 20 }).map((body) => Buffer.from(body)),
  }),
)

test('finds the same messages wherever the stream is split', () => {
  fc.assert(
    fc.property(messages, fc.array(fc.nat()), (sent, cuts) => {
      const bytes = Buffer.concat(sent.map(({ type, body }) => buildMessage(type, body)))
      const found: { type: string; body: Buffer }[] = []
      let body = Buffer.alloc(0)
      const read = createMessageReader({
        onBody: (_type, piece) => {
          body = Buffer.concat([body, piece])
        },
        onEnd: (type) => {
          found.push({ type, body })
          body = Buffer.alloc(0)
        },
      })
      for (const piece of cutAt(bytes, cuts)) read(piece)
      expect(found).toEqual(sent)
    }),
  )
})

/** The client's first message has a length and a body, and no type. */
function startUp(body: Buffer): Buffer {
  return buildMessage('-', body).subarray(1)
}

test('assembles the same requests wherever a client splits them, even one far longer than its buffer', () => {
  const version = Buffer.from([0, 3, 0, 0])
  const long = buildMessage('Q', encodeCString(`LOCK TABLE ${'"public"."a table", '.repeat(1000)}`))
  fc.assert(
    fc.property(messages, fc.array(fc.nat()), (sent, cuts) => {
      const requests = [startUp(version), ...sent.map(({ type, body }) => buildMessage(type, body)), long]
      const whole = createRequestReader()
      const found = cutAt(Buffer.concat(requests), cuts).flatMap(whole)
      expect(found).toEqual(requests)
    }),
  )
})

test('a length that no message can have is an error at once', () => {
  for (const length of [0, 3, 0x4000_0001, 0xffff_ffff]) {
    const header = Buffer.from([0x44, 0, 0, 0, 0])
    header.writeUInt32BE(length, 1)
    const failure = expect.objectContaining({
      code: 'DATABASE_UNAVAILABLE',
      message: expect.stringMatching(`${length} bytes`),
    })
    expect(() => createMessageReader({})(header)).toThrow(failure)
    expect(() => createRequestReader()(header)).toThrow(failure)
  }
})

function cutAt(bytes: Buffer, cuts: number[]): Buffer[] {
  const places = cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b)
  return [...places, bytes.length].map((to, index) => bytes.subarray(places[index - 1] ?? 0, to))
}
