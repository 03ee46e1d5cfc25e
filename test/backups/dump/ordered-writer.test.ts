import * as fc from '../../support/seeded.ts'
import { describe, expect, test } from 'vitest'
import { createOrderedWriter } from '#backups/dump/ordered-writer'

const BUDGET = { budgetBytes: 10 }

test('writes in the order of the slots, in whatever order they are filled, and reports the range of each', async () => {
  const writes = fc.array(fc.tuple(fc.nat(3), fc.string({ minLength: 1, maxLength: 8 })), { maxLength: 40 })
  await fc.assert(
    fc.asyncProperty(writes, fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 }), async (pieces, endings) => {
      const written: Buffer[] = []
      const writer = createOrderedWriter(async (chunk) => void written.push(chunk), { budgetBytes: 1_000_000 })
      const slots = [0, 1, 2, 3].map(() => writer.takeSlot())
      for (const [slot, text] of pieces) await slots[slot]?.write(Buffer.from(text))
      for (const slot of endings) await slots[slot]?.end()
      await writer.flush()
      const whole = Buffer.concat(written)
      for (const [index, slot] of slots.entries()) {
        const { start, end } = slot.range()
        const expected = pieces.flatMap(([to, text]) => (to === index ? [text] : []))
        expect(whole.subarray(start, end).toString()).toBe(expected.join(''))
      }
    }),
  )
})

describe('memory', () => {
  test('is bounded: later slots wait when the budget is used up, and continue when their turn comes', async () => {
    const written: string[] = []
    const writer = createOrderedWriter(async (chunk) => void written.push(chunk.toString()), BUDGET)
    const [first, second] = [writer.takeSlot(), writer.takeSlot()]
    await second.write(Buffer.from('0123456789')) // fits
    let isThrough = false
    const waiting = second.write(Buffer.from('x')).then(() => (isThrough = true))
    await first.write(Buffer.from('a very long piece that is written through'))
    expect(isThrough).toBe(false)
    await first.end()
    await waiting
    await second.end()
    await writer.flush()
    expect(written.join('')).toBe('a very long piece that is written through0123456789x')
  })

  test('is released when the buffered slots are written', async () => {
    let writtenBytes = 0
    const writer = createOrderedWriter(async (chunk) => void (writtenBytes += chunk.length), BUDGET)
    const [first, second, third] = [writer.takeSlot(), writer.takeSlot(), writer.takeSlot()]
    await second.write(Buffer.alloc(10))
    await second.end()
    const waiting = third.write(Buffer.alloc(5))
    await first.end()
    await waiting
    expect(writtenBytes).toBe(15)
    await third.end()
    await writer.flush()
  })
})

describe('a failure', () => {
  test('of the destination fails every writer', async () => {
    const writer = createOrderedWriter(() => Promise.reject(new Error('no room')), BUDGET)
    const [first, second] = [writer.takeSlot(), writer.takeSlot()]
    await second.write(Buffer.alloc(10))
    const waiting = second.write(Buffer.alloc(1))
    const outcomes = await Promise.allSettled([waiting, first.write(Buffer.from('x'))])
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    await expect(first.end()).rejects.toThrow('no room')
    await expect(writer.flush()).rejects.toThrow('no room')
  })

  test('from outside fails the waiting writers', async () => {
    const writer = createOrderedWriter(async () => {}, BUDGET)
    const [, second] = [writer.takeSlot(), writer.takeSlot()]
    const waiting = second.write(Buffer.alloc(11))
    writer.fail(new Error('stop'))
    await expect(waiting).rejects.toThrow('stop')
  })

  test('of a writer that never finished is detected', async () => {
    const writer = createOrderedWriter(async () => {}, BUDGET)
    const slot = writer.takeSlot()
    await expect(writer.flush()).rejects.toThrow('not finished')
    expect(() => slot.range()).toThrow('not written')
  })
})
