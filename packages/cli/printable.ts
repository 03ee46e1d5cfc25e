/** What strangers wrote, as a line that is safe to print. */
import { getTerminalColumns } from '#cli/terminal'
import { cutText } from '#cli/text-width'

/** Keys and policies are long: a terminal shows their beginning, a pipe and `--json` have them whole. */
const RECORD_COLUMNS = 110

export function toPrintableBeginning(text: string): string {
  return getTerminalColumns() === undefined ? toPrintable(text) : cutText(toPrintable(text), RECORD_COLUMNS)
}

/** A terminal obeys control characters. */
export function toPrintable(text: string): string {
  return text.replace(/\p{Cc}|\p{Cf}/gu, '\uFFFD')
}
