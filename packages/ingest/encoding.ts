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

/** Completes a sentence whose subject is the name. */
export const ENCODING_RULE = `must be ${ENCODINGS.join(', ')} or another label of one, such as utf8, latin5, cp1254 or iso-8859-9`

/**
 * Returns the encoding that one of its labels means (https://encoding.spec.whatwg.org/#names-and-labels); undefined for
 * one that Hunter does not read.
 */
export function parseEncoding(name: string): Encoding | undefined {
  try {
    const canonical = new TextDecoder(name.trim()).encoding
    return ENCODINGS.find((each) => each === canonical)
  } catch {
    return undefined
  }
}

/**
 * A byte order mark decides, or the zero bytes of UTF-16. Otherwise the file is UTF-8 if every byte fits, and
 * windows-1254 if not. Reads the whole file, because the first byte that is not UTF-8 may come late. A character that is
 * cut off at the end says that the file is, and nothing about its encoding.
 * @throws AppError ENCODING_WRONG when the file does not have the encoding that its mark or the caller names, or is UTF-8
 * but for a few bytes; FILE_DAMAGED when it ends within a character
 */
export async function decideEncoding(path: string, asked?: Encoding): Promise<DecidedEncoding> {
  let named = asked
  let decoder: TextDecoder | undefined
  let isSound = true
  let lines = 0
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    if (!decoder) {
      const mark = findMark(chunk)
      // the label utf-16 leaves the order of the bytes to the mark
      if (named === undefined || (named === 'utf-16le' && mark === 'utf-16be')) named = mark ?? findWideText(chunk)
      decoder = new TextDecoder(named ?? 'utf-8', { fatal: true })
    }
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) lines += 1
    isSound &&= decodes(() => decoder?.decode(chunk, { stream: true }))
  }
  if (isSound && !decodes(() => decoder?.decode())) throw explainEnd(named, lines + 1)
  if (isSound) return { encoding: named ?? 'utf-8', lines }
  if (named === undefined) {
    await refuseFaultyText(path)
    return { encoding: 'windows-1254', lines }
  }
  const why = asked === undefined ? 'it begins as such' : 'it was asked for'
  throw new AppError('ENCODING_WRONG', `the file is not text in ${named}, although ${why}`)
}

function explainEnd(named: Encoding | undefined, line: number): AppError {
  const cut = `line ${line}: the file ends within a character of ${named ?? 'utf-8'}, so that a part of it is missing`
  const other = named === undefined ? '; if nothing is missing, name its encoding, such as windows-1254' : ''
  return new AppError('FILE_DAMAGED', cut + other)
}

/** Letters of windows-1254 almost never form a character of UTF-8, so a file with more of those than faults is damaged. */
async function refuseFaultyText(path: string): Promise<void> {
  const decoder = new TextDecoder('utf-8')
  let [letters, faults, line, faultLine] = [0, 0, 1, 0]
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    for (const [part] of decoder.decode(chunk, { stream: true }).matchAll(/\n|\uFFFD|[^\0-\x7F]/g)) {
      if (part === '\n') line += 1
      else if (part !== '\uFFFD') letters += 1
      else if ((faults += 1) === 1) faultLine = line
    }
  }
  if (letters <= faults) return
  throw new AppError('ENCODING_WRONG', `line ${faultLine} is not UTF-8, although the rest of the file is`)
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

/** Latin text in UTF-16 has a zero in every second byte, and a program that saves it may leave the mark out. */
function findWideText(head: Buffer): Encoding | undefined {
  const start = head.subarray(0, 1_024)
  const zeros = [0, 0]
  for (const [at, byte] of start.entries()) if (byte === 0) zeros[at % 2]! += 1
  const [even = 0, odd = 0] = zeros
  if (even === 0 && odd > start.length / 4) return 'utf-16le'
  return odd === 0 && even > start.length / 4 ? 'utf-16be' : undefined
}

function decodes(decode: () => unknown): boolean {
  try {
    decode()
    return true
  } catch {
    return false
  }
}
