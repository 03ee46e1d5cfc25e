/** Lets a reader ask whether an answer is still the same (RFC 9110 sections 8.8.3 and 13.1.2). */
import { createHash } from 'node:crypto'

/** Weak: it stands for the data, and the envelope around it has the time of the answer. */
export function computeEtag(data: string): string {
  return `W/"${createHash('sha256').update(data).digest('base64url').slice(0, 22)}"`
}

/** `If-None-Match` compares weakly: the mark of weakness counts on neither side. */
export function matchesEtag(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false
  if (ifNoneMatch.trim() === '*') return true
  return ifNoneMatch.split(',').some((known) => known.trim().replace(/^W\//, '') === etag.slice(2))
}
