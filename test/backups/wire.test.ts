import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createMessageReader, message } from '#backups/wire'

const messages = fc.array(
  fc.record({
    type: fc.constantFrom('D', 'Z', 'd'),
    body: fc.uint8Array({ maxLength: 20 }).map((body) => Buffer.from(body)),
  }),
)

test('finds the same messages wherever the stream is cut', () => {
  fc.assert(
    fc.property(messages, fc.array(fc.nat()), (sent, cuts) => {
      const bytes = Buffer.concat(sent.map(({ type, body }) => message(type, body)))
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
      const places = cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b)
      let from = 0
      for (const to of [...places, bytes.length]) {
        read(bytes.subarray(from, to))
        from = to
      }
      expect(found).toEqual(sent)
    }),
  )
})
