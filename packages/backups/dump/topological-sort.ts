/**
 * Sorts items topologically: a referenced item comes before the ones that refer to it. Items in a cycle keep their
 * order.
 */
export function sortTopologically<Item extends { oid: number }>(
  items: Item[],
  references: { from: number; to: number }[],
): Item[] {
  const byOid = new Map(items.map((item) => [item.oid, item]))
  const sorted = new Set<Item>()
  const visited = new Set<Item>()

  function visit(item: Item): void {
    if (visited.has(item)) return
    visited.add(item)
    for (const { from, to } of references) {
      const referred = from === item.oid ? byOid.get(to) : undefined
      if (referred) visit(referred)
    }
    sorted.add(item)
  }
  for (const item of items) visit(item)
  return [...sorted]
}
