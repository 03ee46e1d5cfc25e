/** Names an erased domain without storing it: an HMAC under a key that is derived from the installation's pepper. */
import { createHash, createHmac } from 'node:crypto'
import type { Domain } from '#signals/normalise'

export interface ErasureKey {
  /** Stored beside each hash: a hash under another key cannot be compared. */
  id: string
  hash(domain: Domain): Buffer
}

export function createErasureKey(pepper: string): ErasureKey {
  const key = createHmac('sha256', pepper).update('hunter erasures v1').digest()
  return {
    id: createHash('sha256').update(key).digest('hex').slice(0, 16),
    hash: (domain) => createHmac('sha256', key).update(domain).digest(),
  }
}
