import * as z from 'zod/mini'
import { countEdits, isNear } from '#platform/edit-distance'

/** Most names that a refusal suggests. */
const NEAR_MAX = 5

/**
 * One name of a closed set that is too large for a message. A misspelt one would match nothing, and its empty list would
 * hide the mistake: the refusal suggests the names that it resembles. `what`: `a known action`.
 */
export function defineKnownName<const Name extends string>(names: readonly Name[], what: string) {
  return z.enum(names as readonly [Name, ...Name[]], {
    error: ({ input }) => `must be ${what}${suggestNames(input, names)}`,
  })
}

function suggestNames(input: unknown, names: readonly string[]): string {
  const near = typeof input === 'string' ? listNear(input.trim().toLowerCase(), names) : []
  return near.length === 0 ? `, such as ${names[0]}` : `; did you mean ${near.join(', ')}?`
}

/** Names that resemble the word, and those whose first part resembles the word's: `lead.delete` suggests `lead.erased`. */
function listNear(word: string, names: readonly string[]): string[] {
  const compare = (one: string, other: string) => {
    const edits = countEdits(one, other)
    return isNear(edits, one, other) ? edits : Infinity
  }
  const first = (name: string) => name.split(/[._-]/, 1)[0] ?? ''
  const rated = names.map((name) => ({ name, whole: compare(word, name), part: compare(first(word), first(name)) }))
  return rated
    .filter(({ whole, part }) => Math.min(whole, part) < Infinity)
    .toSorted((one, other) => (one.whole === other.whole ? one.part - other.part : one.whole - other.whole))
    .slice(0, NEAR_MAX)
    .map(({ name }) => name)
}
