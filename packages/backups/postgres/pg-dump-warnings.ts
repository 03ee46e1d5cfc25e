/** pg_dump's own messages, which begin with the program's name; the server's have another form. */
const LINE = /^[^\s:]+: (?<kind>warning|error|detail|hint): (?<text>.*)$/

/** Harmless warnings: the dump still restores on the version that it was read from, rows before their keys. */
const HARMLESS = /^(?:postfix operators are not supported anymore|there are circular foreign-key constraints)/

/** Reads pg_dump's warnings from the lines of its stderr, each with its details. */
export function readWarnings(said: string[]): string[] {
  const warnings: string[] = []
  for (const line of said) {
    const { kind, text } = LINE.exec(line)?.groups ?? {}
    if (kind === 'warning' || kind === 'error') warnings.push(text as string)
    else if (kind === 'detail' && warnings.length > 0) warnings.push(`${warnings.pop()} ${text}`)
  }
  return warnings.filter((warning) => !HARMLESS.test(warning))
}
