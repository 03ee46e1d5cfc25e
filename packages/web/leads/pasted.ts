/** Text that a reader pastes, as a list that the API can read. */

/** A list before it is imported. */
export interface Source {
  name: string
  file: Blob
}

export function readText(text: string, name: string): Source {
  return { name, file: new Blob([toList(text)], { type: 'text/plain' }) }
}

const SEPARATORS = /[\s,;|]+/
/** A host, a URL or an e-mail address. */
const NAMES_A_COMPANY = /^(?:[a-z]+:\/\/)?(?:[^\s@/]+@)?[^\s@/.]+(?:\.[^\s@/.]+)+\.?(?:[/:?#]\S*)?$/iu

/** Domains in a row become one a line. A table stays as it is: its columns mean something. */
function toList(pasted: string): string {
  const text = pasted.replace(/\r\n?/g, '\n').trim()
  if (text.includes('\t')) return text
  const parts = text.split(SEPARATORS).filter(Boolean)
  return parts.every((part) => NAMES_A_COMPANY.test(part)) ? parts.join('\n') : text
}

/** True: pasting this outside a field means an import. */
export function isList(pasted: string): boolean {
  const [first = ''] = toList(pasted).split('\n', 1)
  return first.split(/[\t,;]/).some((cell) => NAMES_A_COMPANY.test(cell.trim())) || pasted.trim().includes('\n')
}
