import { type Catalog, type CatalogItem, keyOf } from '#db/catalog/item'

export interface FactDifference {
  fact: string
  /** null: none. */
  wanted: string | null
  found: string | null
}

export type Difference =
  | { state: 'missing'; wanted: CatalogItem; found?: undefined }
  | { state: 'extra'; wanted?: undefined; found: CatalogItem }
  | { state: 'changed'; wanted: CatalogItem; found: CatalogItem; facts: FactDifference[] }

/** In the order of `wanted`, then what only `found` has. Pure. */
export function compareCatalogs(wanted: Catalog, found: Catalog): Difference[] {
  const here = new Map(found.map((item) => [keyOf(item), item]))
  const there = new Set(wanted.map(keyOf))
  const differences = wanted.flatMap((item) => differenceOf(item, here.get(keyOf(item))))
  const extra = found.filter((item) => !there.has(keyOf(item)))
  return [...differences, ...extra.map((item) => ({ state: 'extra' as const, found: item }))]
}

function differenceOf(wanted: CatalogItem, found: CatalogItem | undefined): Difference[] {
  if (!found) return [{ state: 'missing', wanted }]
  const names = new Set([...Object.keys(wanted.facts), ...Object.keys(found.facts)])
  const facts = [...names]
    .map((fact) => ({ fact, wanted: wanted.facts[fact] ?? null, found: found.facts[fact] ?? null }))
    .filter((each) => each.wanted !== each.found)
  return facts.length === 0 ? [] : [{ state: 'changed', wanted, found, facts }]
}

export function itemOf({ wanted, found }: Difference): CatalogItem {
  return wanted ?? found
}

/** Tables that are missing or extra as a whole: what belongs to them says nothing more. */
export function wholeTables(differences: Difference[]): Set<string> {
  const whole = differences.filter((each) => each.state !== 'changed' && itemOf(each).kind === 'table')
  return new Set(whole.map((each) => itemOf(each).name))
}

/** One line for each difference that a reader should see, two or three where a fact differs. */
export function describeDifferences(differences: Difference[]): string[] {
  const whole = wholeTables(differences)
  return differences.filter((each) => !whole.has(itemOf(each).table ?? '')).flatMap(linesOf)
}

function linesOf(difference: Difference): string[] {
  const { kind, name } = itemOf(difference)
  if (difference.state === 'missing') return [`- ${kind} ${name} is not in the database`]
  if (difference.state === 'extra') return [`+ ${kind} ${name} is in the database and in no migration`]
  return difference.facts.flatMap(({ fact, wanted, found }) => [
    `~ ${kind} ${name}: ${fact} differs`,
    `    should be  ${oneLine(wanted)}`,
    `    is         ${oneLine(found)}`,
  ])
}

function oneLine(text: string | null): string {
  return text === null ? '(none)' : text.replaceAll(/\s+/g, ' ').trim()
}
