/** What to scan, one at a time: from the command line, from a file, or both. */
import { createReadStream } from 'node:fs'
import { AppError, messageOf } from '#platform/errors'

export interface ScanInput {
  text: string
  /** Of the file; the first is 1. */
  line?: number
}

/** Longer than any domain, URL or address that makes sense: of a longer line the rest is passed over. */
const LINE_LENGTH_MAX = 4_096

export async function* readInputs(words: readonly string[], file: string | undefined): AsyncGenerator<ScanInput> {
  for (const text of words) yield { text }
  if (file === undefined) return
  let line = 0
  for await (const raw of readLines(file)) {
    line += 1
    const text = raw.replace(/^\uFEFF/, '').trim()
    if (text !== '' && !text.startsWith('#')) yield { text, line }
  }
}

/** @throws AppError USAGE when the file cannot be read */
async function* readLines(file: string): AsyncGenerator<string> {
  const stream = file === '-' ? process.stdin.setEncoding('utf8') : createReadStream(file, 'utf8')
  let rest = ''
  try {
    for await (const chunk of stream as AsyncIterable<string>) {
      const lines = (rest + chunk).split(/\r\n|\n|\r/)
      rest = (lines.pop() ?? '').slice(0, LINE_LENGTH_MAX)
      yield* lines
    }
  } catch (cause) {
    throw new AppError('USAGE', `the file cannot be read: ${messageOf(cause)}`, { cause })
  }
  yield rest
}
