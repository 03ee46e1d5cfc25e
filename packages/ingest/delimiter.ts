/** Finds the character that separates the cells of a text file. */

/** The order decides a tie: prose and decimals hold commas more often than the others. */
export const DELIMITERS = ['\t', ';', '|', ','] as const
const LINES_MAX = 200
/** Excel reads such a first line as an instruction. */
const INSTRUCTION = /^"?sep=([^\n"])"?\n/i
const QUOTED = /(^|[\t;|,\n])"(?:[^"]|"")*"/g

/** Returns the delimiter that a first line `sep=;` names. */
export function readSeparatorLine(text: string): string | undefined {
  return INSTRUCTION.exec(text)?.[1]
}

/** Empties the line `sep=;`, so that the numbers of the lines stay. */
export function blankSeparatorLine(text: string): string {
  return text.replace(INSTRUCTION, '\n')
}

/** Returns the delimiter that most lines have equally often outside of quotes; a comma when none has any. Pure. */
export function guessDelimiter(text: string): string {
  const lines = text.replace(QUOTED, '$1').split('\n', LINES_MAX)
  const scores = DELIMITERS.map((delimiter) => countAgreeing(lines.map((line) => line.split(delimiter).length - 1)))
  const best = Math.max(...scores)
  return best === 0 ? ',' : (DELIMITERS[scores.indexOf(best)] ?? ',')
}

/** Counts the lines that share the most frequent number, apart from zero. */
function countAgreeing(counts: number[]): number {
  const lines = new Map<number, number>()
  for (const count of counts) if (count > 0) lines.set(count, (lines.get(count) ?? 0) + 1)
  return Math.max(0, ...lines.values())
}
