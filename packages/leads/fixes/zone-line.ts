import type { ZoneRecord } from '#leads/fixes/fix'

/** Writes a record as a line of a zone file, where a string holds 255 octets at most (RFC 1035 section 3.3). */
export function formatZoneLine({
  host,
  ttlSeconds,
  type,
  value,
}: Omit<ZoneRecord, 'ttlSeconds'> & { ttlSeconds?: number }) {
  const strings = (value.match(/.{1,255}/gs) ?? ['']).map((each) => `"${each.replaceAll(/["\\]/g, String.raw`\$&`)}"`)
  return [`${host}.`, ...(ttlSeconds === undefined ? [] : [ttlSeconds]), 'IN', type, ...strings].join(' ')
}
