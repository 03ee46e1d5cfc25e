/** The addresses of the internet as ranges, because a security group can allow but not deny. */

/** What a network may use inside (RFC 1918, RFC 6598), what names the machine itself, and what is no host. */
const INSIDE = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '224.0.0.0/3',
]

interface Range {
  start: number
  /** Bits that all of its addresses share. */
  bits: number
}

/** Halves the range until each part lies inside or outside as a whole, and returns the parts outside. */
function listOutside(range: Range, inside: readonly Range[]): Range[] {
  const touching = inside.filter((one) => contains(one, range) || contains(range, one))
  if (touching.length === 0) return [range]
  if (touching.some((one) => contains(one, range))) return []
  const bits = range.bits + 1
  return [range.start, range.start + 2 ** (32 - bits)].flatMap((start) => listOutside({ start, bits }, touching))
}

function contains(outer: Range, inner: Range): boolean {
  const size = 2 ** (32 - outer.bits)
  return outer.bits <= inner.bits && inner.start >= outer.start && inner.start < outer.start + size
}

function parseRange(text: string): Range {
  const [address = '', bits] = text.split('/')
  return { start: address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0), bits: Number(bits) }
}

function formatRange({ start, bits }: Range): string {
  return `${[24, 16, 8, 0].map((shift) => Math.floor(start / 2 ** shift) % 256).join('.')}/${bits}`
}

export const PUBLIC_RANGES = listOutside({ start: 0, bits: 0 }, INSIDE.map(parseRange)).map(formatRange)
