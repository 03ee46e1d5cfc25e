/** Longer than any word of ours; bounds the work for a pasted page. */
const LENGTH_MAX = 64

/** Counts letters that are missing, extra, wrong or swapped with their neighbour (optimal string alignment). Pure. */
export function countEdits(a: string, b: string): number {
  if (a.length > LENGTH_MAX) return Infinity
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const wrong = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const swapped = isSwap ? (beforeLast[j - 2] ?? 0) + 1 : Infinity
      row.push(Math.min(wrong, swapped, (last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1))
    }
    beforeLast = last
    last = row
  }
  return last[b.length] ?? Infinity
}

/** True when so few edits lie between two words that one may be the other, mistyped. */
export function isNear(edits: number, a: string, b: string): boolean {
  return edits <= Math.floor(Math.max(a.length, b.length) / 3)
}
