import { createHash } from 'node:crypto'

const LENGTH_MAX = 63
const HASH_DIGITS = 6
const ACCEPTED = /^[a-z0-9][a-z0-9-]{0,62}$/

/** True for a valid first part of backup keys: lower-case letters, digits and dashes. */
export function isSourceName(text: string): boolean {
  return ACCEPTED.test(text)
}

/**
 * Turns any name, such as a database's, into a source name. A name that needs changes gets a few digits of its hash, so
 * that `My Shop` and `my-shop` stay distinct.
 */
export function toSourceName(name: string): string {
  if (isSourceName(name)) return name
  const hash = createHash('sha256').update(name).digest('hex').slice(0, HASH_DIGITS)
  const plain = name
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, LENGTH_MAX - HASH_DIGITS - 1)
    .replaceAll(/^-+|-+$/g, '')
  return plain === '' ? hash : `${plain}-${hash}`
}
