/** Makes text from strangers safe to print on one line. */
import { getTerminalColumns } from '#cli/terminal'
import { cutText } from '#cli/text-width'

/** Keys and policies are long: a terminal shows how they begin, while a pipe and `--json` get them whole. */
const RECORD_COLUMNS = 110

export function toPrintableBeginning(text: string): string {
  return getTerminalColumns() === undefined ? toPrintable(text) : cutText(toPrintable(text), RECORD_COLUMNS)
}

/** Replaces control characters, which a terminal would obey. */
export function toPrintable(text: string): string {
  return text.replace(/\p{Cc}|\p{Cf}/gu, '\uFFFD')
}
