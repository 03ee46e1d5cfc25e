/** What strangers wrote, as a line that is safe to print. */
import { terminalColumns } from '#cli/terminal'
import { cutText } from '#cli/text-width'

/** Keys and policies are long: a terminal shows their beginning, a pipe and `--json` have them whole. */
const RECORD_COLUMNS = 110

export function printableBeginning(text: string): string {
  return terminalColumns() === undefined ? printable(text) : cutText(printable(text), RECORD_COLUMNS)
}

/** A terminal obeys control characters. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}|\p{Cf}/gu, '\uFFFD')
}
