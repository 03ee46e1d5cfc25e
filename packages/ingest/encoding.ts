/** Decides which encoding a text file has, by all of its bytes, and decodes it. */
import { createReadStream } from 'node:fs'
import { TextDecoder } from 'node:util'
import { AppError } from '#platform/errors'

export const ENCODINGS = ['utf-8', 'utf-16le', 'utf-16be', 'windows-1254'] as const
export type Encoding = (typeof ENCODINGS)[number]

const MARKS: [mark: number[], encoding: Encoding][] = [
  [[0xef, 0xbb, 0xbf], 'utf-8'],
  [[0xff, 0xfe], 'utf-16le'],
  [[0xfe, 0xff], 'utf-16be'],
]

interface DecidedEncoding {
  encoding: Encoding
  /** Line ends in the file. */
  lines: number
}

/** Returns the encoding that a name means (`UTF8`, `iso-8859-9`); undefined for one that Hunter does not read. */
export function parseEncoding(name: string): Encoding | undefined {
  try {
    const canonical = new TextDecoder(name.trim()).encoding
    return ENCODINGS.find((each) => each === canonical)
  } catch {
    return undefined
  }
}

/**
 * A byte order mark decides. Otherwise the file is UTF-8 if every byte fits, and windows-1254 if not. Reads the whole
 * file, because the first byte that is not UTF-8 may come late.
 * @throws AppError CSV_INVALID when the file does not have the encoding that its mark or the caller names
 */
export async function decideEncoding(path: string, asked?: Encoding): Promise<DecidedEncoding> {
  let named = asked
  let decoder: TextDecoder | undefined
  let isSound = true
  let lines = 0
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    if (!decoder) {
      named ??= findMark(chunk)
      decoder = new TextDecoder(named ?? 'utf-8', { fatal: true })
    }
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) lines += 1
    isSound &&= decodes(() => decoder?.decode(chunk, { stream: true }))
  }
  isSound &&= decodes(() => decoder?.decode())
  if (isSound) return { encoding: named ?? 'utf-8', lines }
  if (named === undefined) return { encoding: 'windows-1254', lines }
  const why = asked === undefined ? 'its byte order mark says so' : 'it was asked for'
  throw new AppError('CSV_INVALID', `the file is not text in ${named}, although ${why}`)
}

/** Yields the text without the byte order mark; every line ends in `\n`. */
export async function* decodeFile(path: string, encoding: Encoding): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding, { fatal: true })
  let held = ''
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    const text = held + decoder.decode(chunk, { stream: true })
    held = text.endsWith('\r') ? '\r' : '' // a line feed may follow in the next chunk
    yield text.slice(0, text.length - held.length).replace(/\r\n?/g, '\n')
  }
  yield (held + decoder.decode()).replace(/\r\n?/g, '\n')
}

function findMark(head: Buffer): Encoding | undefined {
  return MARKS.find(([mark]) => mark.every((byte, at) => head[at] === byte))?.[1]
}

function decodes(decode: () => unknown): boolean {
  try {
    decode()
    return true
  } catch {
    return false
  }
}
