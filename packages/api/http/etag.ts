/** ETags for conditional reads (RFC 9110 sections 8.8.3 and 13.1.2). */
import { createHash } from 'node:crypto'

/** Returns a weak ETag of the data: the envelope also holds the time of the answer, so the bytes differ each time. */
export function computeEtag(data: string): string {
  return `W/"${createHash('sha256').update(data).digest('base64url').slice(0, 22)}"`
}

/** `If-None-Match` uses weak comparison: `W/` is ignored on both sides. */
export function matchesEtag(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false
  if (ifNoneMatch.trim() === '*') return true
  return ifNoneMatch.split(',').some((known) => known.trim().replace(/^W\//, '') === etag.slice(2))
}
