/** Reads every value of a repeated option; the parser keeps only the last. */
export function readRepeated(rawArgs: readonly string[], name: string): string[] {
  const end = rawArgs.indexOf('--')
  const words = end === -1 ? rawArgs : rawArgs.slice(0, end)
  return words.flatMap((word, at) => {
    if (word.startsWith(`--${name}=`)) return [word.slice(name.length + 3)]
    const value = word === `--${name}` ? words[at + 1] : undefined
    return value === undefined ? [] : [value]
  })
}
