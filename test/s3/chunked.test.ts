import { Readable } from 'node:stream'
import * as fc from '../support/seeded.ts'
import { describe, expect, it } from 'vitest'
import { decodeChunked } from '#emulators/s3/chunked'

/** Decodes `wire` as it arrives in network pieces that end where `cuts` say. */
async function decode(wire: Buffer, cuts: number[]): Promise<{ data: Buffer; trailers: Map<string, string> }> {
  const ends = [...new Set(cuts.map((cut) => cut % (wire.length + 1)))].sort((left, right) => left - right)
  const pieces = [...ends, wire.length].map((end, index) => wire.subarray(index === 0 ? 0 : ends[index - 1], end))
  const trailers = new Map<string, string>()
  const source = Readable.from(pieces)[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  const data: Buffer[] = []
  for await (const chunk of decodeChunked(source, trailers)) data.push(chunk)
  return { data: Buffer.concat(data), trailers }
}

function encode(chunks: Uint8Array[], trailer: string): Buffer {
  const framed = chunks.flatMap((chunk) => [`${chunk.length.toString(16)}\r\n`, chunk, '\r\n'])
  return Buffer.concat([...framed, `0\r\n${trailer}\r\n`].map((piece) => Buffer.from(piece as string)))
}

describe('aws-chunked bodies', () => {
  it('come out the same wherever the network cuts them', async () => {
    const chunk = fc.uint8Array({ minLength: 8192, maxLength: 9000 })
    const last = fc.uint8Array({ minLength: 1, maxLength: 40 })
    await fc.assert(
      fc.asyncProperty(fc.array(chunk, { maxLength: 3 }), last, fc.array(fc.nat(40_000)), async (full, end, cuts) => {
        const chunks = [...full, end]
        const { data, trailers } = await decode(encode(chunks, 'X-Amz-Checksum-CRC32: AAAAAA==\r\n'), cuts)
        expect(data.equals(Buffer.concat(chunks))).toBe(true)
        expect([...trailers]).toEqual([['x-amz-checksum-crc32', 'AAAAAA==']])
      }),
      { numRuns: 60 },
    )
  })

  it('may be empty and without trailers', async () => {
    const { data, trailers } = await decode(Buffer.from('0\r\n'), [])
    expect([data.length, trailers.size]).toEqual([0, 0])
  })

  it.each([
    ['ends in a chunk', '2000\r\nabc'],
    ['ends before the last chunk', '3\r\nabc\r\n'],
    ['is longer than it says', '3\r\nabcd\r\n0\r\n\r\n'],
    ['has no size', 'abc'],
    ['has a size that is none', 'xyz\r\nabc\r\n0\r\n\r\n'],
    ['has an empty line for a size', '\r\n'],
  ])('are refused when one %s', async (_, wire) => {
    await expect(decode(Buffer.from(wire), [1])).rejects.toMatchObject({ name: 'S3Error' })
  })
})
