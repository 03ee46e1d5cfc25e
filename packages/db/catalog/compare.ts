import { type Catalog, type CatalogItem, identifyItem } from '#db/catalog/item'

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

/** Lists the differences in the order of `wanted`, then what only `found` has. Pure. */
export function compareCatalogs(wanted: Catalog, found: Catalog): Difference[] {
  const here = new Map(found.map((item) => [identifyItem(item), item]))
  const there = new Set(wanted.map(identifyItem))
  const differences = wanted.flatMap((item) => compareItems(item, here.get(identifyItem(item))))
  const extra = found.filter((item) => !there.has(identifyItem(item)))
  return [...differences, ...extra.map((item) => ({ state: 'extra' as const, found: item }))]
}

function compareItems(wanted: CatalogItem, found: CatalogItem | undefined): Difference[] {
  if (!found) return [{ state: 'missing', wanted }]
  const names = new Set([...Object.keys(wanted.facts), ...Object.keys(found.facts)])
  const facts = [...names]
    .map((fact) => ({ fact, wanted: wanted.facts[fact] ?? null, found: found.facts[fact] ?? null }))
    .filter((each) => each.wanted !== each.found)
  return facts.length === 0 ? [] : [{ state: 'changed', wanted, found, facts }]
}

export function getItem({ wanted, found }: Difference): CatalogItem {
  return wanted ?? found
}

/** Tables that are missing or extra as a whole: what belongs to them says nothing more. */
export function findWholeTables(differences: Difference[]): Set<string> {
  const whole = differences.filter((each) => each.state !== 'changed' && getItem(each).kind === 'table')
  return new Set(whole.map((each) => getItem(each).name))
}

/** One line for each difference that a reader should see, two or three where a fact differs. */
export function describeDifferences(differences: Difference[]): string[] {
  const whole = findWholeTables(differences)
  return differences.filter((each) => !whole.has(getItem(each).table ?? '')).flatMap(describeDifference)
}

function describeDifference(difference: Difference): string[] {
  const { kind, name } = getItem(difference)
  if (difference.state === 'missing') return [`- ${kind} ${name} is not in the database`]
  if (difference.state === 'extra') return [`+ ${kind} ${name} is in the database and in no migration`]
  return difference.facts.flatMap(({ fact, wanted, found }) => [
    `~ ${kind} ${name}: ${fact} differs`,
    `    should be  ${joinLines(wanted)}`,
    `    is         ${joinLines(found)}`,
  ])
}

function joinLines(text: string | null): string {
  return text === null ? '(none)' : text.replaceAll(/\s+/g, ' ').trim()
}
