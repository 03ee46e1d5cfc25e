/** Looks for what would make one row of the rest of a text file, before its first row is stored. */
import { AppError } from '#platform/errors'

/** A longer row has a quote that is never closed, or the file is no CSV. */
const ROW_LENGTH_MAX = 128 * 1024

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
    held = /"*$/.exec(all)?.[0] ?? '' // more of these quotes may follow
    const read = all.slice(0, all.length - held.length)
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
    requireLength(length, line, openedOn)
    last = read.at(-1) ?? last
  }
  if (openedOn !== undefined) throw explainQuote(openedOn)
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
