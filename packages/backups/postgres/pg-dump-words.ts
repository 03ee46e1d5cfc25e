/** The child's program name, with which each of pg_dump's messages begins. */
const PROGRAM = 'pg_dump'

const MESSAGE = /pg_dump: (?=(?:error|warning|detail|hint|info):)/

/**
 * Returns pg_dump's own messages about its failure. Drops the text before them: that it cannot find its own file, which
 * is normal in WASM, and the wrapper's exit status.
 */
export function extractPgDumpMessages(failure: string): string {
  const [preface = '', ...messages] = failure.split(MESSAGE)
  if (messages.length === 0) return preface
  return messages.map((words) => `${PROGRAM}: ${words.trim()}`).join('\n')
}
