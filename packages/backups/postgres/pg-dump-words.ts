/** What the child process calls itself, so that each of pg_dump's messages begins with it. */
const PROGRAM = 'pg_dump'

const MESSAGE = /pg_dump: (?=(?:error|warning|detail|hint|info):)/

/**
 * What pg_dump says of its failure, one message after the other. Before them stands that it cannot find its own file,
 * which in WASM it never can, and its wrapper's count of the exit status.
 */
export function pgDumpWords(failure: string): string {
  const [preface = '', ...messages] = failure.split(MESSAGE)
  if (messages.length === 0) return preface
  return messages.map((words) => `${PROGRAM}: ${words.trim()}`).join('\n')
}
