/**
 * The parts of a view's state that its address holds. A field omits its default, drops what it does not know, and caps
 * what it accepts, so that each state has one short address and a hostile address does no harm.
 */
export interface Field<Value> {
  fallback: Value
  /** undefined: the text means nothing here. */
  read(text: string): Value | undefined
  write(value: Value): string
}

export type Fields = Readonly<Record<string, Field<unknown>>>
export type ValuesOf<Of extends Fields> = { [Name in keyof Of]: Of[Name] extends Field<infer Value> ? Value : never }

export function oneOf<const Choice extends string>(choices: readonly Choice[], fallback: Choice): Field<Choice> {
  return { fallback, read: (text) => choices.find((choice) => choice === text), write: (value) => value }
}

export function someText(charactersMax: number): Field<string> {
  return { fallback: '', read: (text) => text.replace(/\p{C}/gu, '').slice(0, charactersMax), write: (value) => value }
}

export function wholeNumber(min: number, max: number, fallback: number): Field<number> {
  const read = (text: string) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
    return value >= min && value <= max ? value : undefined
  }
  return { fallback, read, write: String }
}

/** Some of the choices, each once, in the order of the address. */
export function listOf<const Choice extends string>(
  choices: readonly Choice[],
  fallback: readonly Choice[],
): Field<readonly Choice[]> {
  const known = new Set<string>(choices)
  const read = (text: string) =>
    [...new Set(text.split('.', choices.length * 2))].filter((one) => known.has(one)) as Choice[]
  return { fallback, read, write: (value) => value.join('.') }
}

export function readFields<Of extends Fields>(fields: Of, query: URLSearchParams): ValuesOf<Of> {
  const entries = Object.entries(fields).map(([name, field]) => {
    const text = query.get(name)
    return [name, (text === null ? undefined : field.read(text)) ?? field.fallback]
  })
  return Object.fromEntries(entries) as ValuesOf<Of>
}

/** `?sort=domain&text=acme`; empty where every field has its default. */
export function writeFields<Of extends Fields>(fields: Of, values: Partial<ValuesOf<Of>>): string {
  const query = new URLSearchParams()
  for (const [name, field] of Object.entries(fields)) {
    const value = values[name]
    if (value === undefined) continue
    const text = field.write(value)
    if (text !== field.write(field.fallback)) query.set(name, text)
  }
  const text = query.toString()
  return text && `?${text}`
}
