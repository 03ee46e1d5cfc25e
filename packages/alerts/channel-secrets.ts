/** Addresses and secrets of channels as the database keeps them: encrypted, each for its own channel. */
import { createHmac } from 'node:crypto'
import type { OpenChannel } from '#alerts/message'
import type { ChannelRow } from '#alerts/outbox'
import { createSeal, type Seal, type SealDeps } from '#keys/seal'

export function createChannelSeal(deps: SealDeps, id: string): Seal {
  return createSeal(deps, `alert channel\n${id}`)
}

/** @throws Error when the row was encrypted with another pepper, or for another channel */
export function openChannel(deps: SealDeps, row: ChannelRow, now: Date): OpenChannel {
  const { id, name, kind, language } = row
  const seal = createChannelSeal(deps, id)
  const isInOverlap = row.previousUntil !== null && row.previousUntil > now
  const sealed = [row.secret, isInOverlap ? row.previousSecret : null].filter((secret) => secret !== null)
  const secrets = sealed.map((secret) => seal.decrypt(secret))
  return { id, name, kind, language, address: seal.decrypt(row.address), secrets }
}

/** Names the queue of an address. Keyed, so that it does not confirm a guess. */
export function hashAddress({ pepper }: Pick<SealDeps, 'pepper'>, address: string): Buffer {
  return createHmac('sha256', pepper).update('hunter alert address\n').update(address).digest()
}

/** What an administrator may see: a URL is often a secret itself. */
export function hintAddress(address: string): string {
  return URL.canParse(address) ? `${new URL(address).host}…${address.slice(-4)}` : address
}

/** Proves that a person reads the mail of the address, and has since a reader of it unsubscribed. */
export function computeCode(
  { pepper }: Pick<SealDeps, 'pepper'>,
  { id, address, unsubscribedAt }: Pick<OpenChannel, 'id' | 'address'> & Pick<ChannelRow, 'unsubscribedAt'>,
): string {
  const lines = ['hunter channel code', id, address, ...(unsubscribedAt ? [unsubscribedAt.toISOString()] : [])]
  return createHmac('sha256', pepper).update(lines.join('\n')).digest('hex').slice(0, 10)
}
