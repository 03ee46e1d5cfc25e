/** Looks for what would make one row of the rest of a text file, before its first row is stored. */
import { AppError } from '#platform/errors'
import { ROW_LENGTH_MAX } from '#ingest/row'

/**
 * Finds quotes as the parser does: one opens at the beginning of a cell alone, and two inside of quotes stand for one. The
 * parser takes text behind the closing one for a part of the cell; behind a line end, it shows that the quote was never
 * closed, and that rows are lost.
 * @throws AppError CSV_INVALID that names the line of a quote that is never closed, or of a row that is too long
 */
export async function requireWholeRows(text: AsyncIterable<string>, delimiter: string): Promise<void> {
  let openedOn: number | undefined
  let [line, length] = [1, 0]
  let [last, held] = ['\n', '']
  for await (const part of endLastLine(text)) {
    const all = held + part
    const read = all.slice(0, findEnd(all))
    held = all.slice(read.length) // more of these quotes may follow
    let counted = 0
    for (const { 0: mark, index } of read.matchAll(/\n|"+/g)) {
      if (mark === '\n') {
        requireLength(length + index - counted, line, openedOn)
        if (openedOn === undefined) [length, counted] = [0, index]
        line += 1
      } else if (mark.length % 2 === 1) {
        const before = index === 0 ? last : read[index - 1]
        const after = read[index + mark.length]
        if (openedOn === undefined) openedOn = before === delimiter || before === '\n' ? line : undefined
        else if (openedOn === line || after === delimiter || after === '\n') openedOn = undefined
        else throw explainQuote(openedOn) // it opens a cell of another row
      }
    }
    length += read.length - counted
    requireLength(length + held.length, line, openedOn)
    last = read.at(-1) ?? last
  }
  if (openedOn !== undefined) throw explainQuote(openedOn)
}

/** Where the quotes at the end begin. A regular expression would try each quote before them as well. */
function findEnd(text: string): number {
  let end = text.length
  while (text[end - 1] === '"') end -= 1
  return end
}

/** The last quotes of the text have something behind them, too. */
async function* endLastLine(text: AsyncIterable<string>): AsyncGenerator<string> {
  yield* text
  yield '\n'
}

function requireLength(length: number, line: number, openedOn: number | undefined): void {
  if (length <= ROW_LENGTH_MAX) return
  if (openedOn !== undefined) throw explainQuote(openedOn)
  throw new AppError(
    'CSV_INVALID',
    `line ${line}: the row has more than ${ROW_LENGTH_MAX.toLocaleString('en')} characters`,
  )
}

const explainQuote = (line: number) => new AppError('CSV_INVALID', `line ${line}: a quote is opened and not closed`)
