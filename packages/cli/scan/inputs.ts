/** Yields what to scan, one by one: from the command line, from a file, or from both. */
import { explainSystemError } from '#platform/system-error'
import { openFile } from '#cli/open-file'

export interface ScanInput {
  text: string
  /** Line in the file; the first is 1. */
  line?: number
}

/** Longer than any sensible domain, URL or address: the rest of a longer line is ignored. */
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

/** @throws AppError FILE_UNUSABLE */
async function* readLines(file: string): AsyncGenerator<string> {
  const stream = file === '-' ? process.stdin : (await openFile(file)).stream
  stream.setEncoding('utf8')
  let rest = ''
  try {
    for await (const chunk of stream as AsyncIterable<string>) {
      const lines = (rest + chunk).split(/\r\n|\n|\r/)
      rest = (lines.pop() ?? '').slice(0, LINE_LENGTH_MAX)
      yield* lines
    }
  } catch (cause) {
    throw explainSystemError(cause, file) ?? cause
  }
  yield rest
}
