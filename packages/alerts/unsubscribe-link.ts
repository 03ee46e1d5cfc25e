/** The link with which the reader of a mail unsubscribes (RFC 8058). Its token names the channel and its address. */
import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import { hashAddress } from '#alerts/channel-secrets'
import type { OpenChannel } from '#alerts/message'
import type { ChannelRow } from '#alerts/outbox'
import type { SealDeps } from '#keys/seal'

type LinkDeps = Pick<SealDeps, 'pepper'>

/** A token has three parts of this size: the channel's id, the start of its address's hash, and the signature. */
const PART_BYTES = 16
const TOKEN = /^[\w-]{64}$/

export function buildUnsubscribeUrl(
  deps: LinkDeps,
  { id, address }: Pick<OpenChannel, 'id' | 'address'>,
  publicUrl: string,
): string {
  const token = buildToken(deps, { id, addressHash: hashAddress(deps, address) })
  return new URL(`/unsubscribe/${token}`, publicUrl).href
}

function buildToken(deps: LinkDeps, { id, addressHash }: Pick<ChannelRow, 'id' | 'addressHash'>): string {
  const named = Buffer.concat([Buffer.from(id.replaceAll('-', ''), 'hex'), addressHash.subarray(0, PART_BYTES)])
  return Buffer.concat([named, sign(deps, named)]).toString('base64url')
}

/** Returns the id of the channel that the token names; undefined: Hunter did not sign it. */
export function readToken(deps: LinkDeps, token: string): string | undefined {
  if (!TOKEN.test(token)) return undefined
  const bytes = Buffer.from(token, 'base64url')
  const named = bytes.subarray(0, -PART_BYTES)
  if (!timingSafeEqual(bytes.subarray(-PART_BYTES), sign(deps, named))) return undefined
  return named.toString('hex', 0, PART_BYTES).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

/** False for the token of an address that the channel no longer has. */
export function isTokenOf(deps: LinkDeps, row: Pick<ChannelRow, 'id' | 'addressHash'>, token: string): boolean {
  return timingSafeEqual(Buffer.from(buildToken(deps, row)), Buffer.from(token))
}

function sign({ pepper }: LinkDeps, named: Buffer): Buffer {
  const key = Buffer.from(hkdfSync('sha256', pepper, '', 'hunter unsubscribe link', 32))
  return createHmac('sha256', key).update(named).digest().subarray(0, PART_BYTES)
}
