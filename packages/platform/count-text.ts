/** Writes a number with its noun: `1 lead`, `2 leads`. `many` is for a noun that takes more than an s. */
export function formatCount(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}
