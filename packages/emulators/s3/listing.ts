/** Builds pages of names, and rolls names up into common prefixes at a delimiter. Pure; every listing uses it. */
import { compareUtf8 } from '#emulators/s3/utf8-order'

export interface ListQuery {
  prefix: string
  delimiter: string
  /** Only names after this one; a common prefix counts as a name. */
  after: string
  maxItems: number
}

interface ListPage<Item> {
  items: Item[]
  commonPrefixes: string[]
  /** Present when there is more: the last name or common prefix of this page. */
  next?: string
}

/** `sorted` must be in the order of the names' UTF-8 bytes. Items of one name keep their order. */
export function listPage<Item>(
  sorted: readonly Item[],
  nameOf: (item: Item) => string,
  query: ListQuery,
): ListPage<Item> {
  const page: ListPage<Item> = { items: [], commonPrefixes: [] }
  let last: string | undefined
  for (let at = lowerBound(sorted, nameOf, query); at < sorted.length; at++) {
    const item = sorted[at]!
    const name = nameOf(item)
    if (!name.startsWith(query.prefix)) break
    const group = commonPrefix(name, query)
    // Already rolled up on this page or an earlier one.
    if (group !== undefined && (group === page.commonPrefixes.at(-1) || group === query.after)) continue
    if (page.items.length + page.commonPrefixes.length === query.maxItems) {
      return last === undefined ? page : { ...page, next: last }
    }
    if (group === undefined) page.items.push(item)
    else page.commonPrefixes.push(group)
    last = group ?? name
  }
  return page
}

function commonPrefix(name: string, { prefix, delimiter }: ListQuery): string | undefined {
  const at = delimiter === '' ? -1 : name.indexOf(delimiter, prefix.length)
  return at < 0 ? undefined : name.slice(0, at + delimiter.length)
}

/** Returns the first index that can be on the page: at or after the prefix, and after the marker. */
function lowerBound<Item>(
  sorted: readonly Item[],
  nameOf: (item: Item) => string,
  { prefix, after }: ListQuery,
): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    const name = nameOf(sorted[middle]!)
    const before = compareUtf8(name, prefix) < 0 || (after !== '' && compareUtf8(name, after) <= 0)
    if (before) low = middle + 1
    else high = middle
  }
  return low
}
