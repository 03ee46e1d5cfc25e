/**
 * The text format of an API key: `hk_<env>_<keyid>_<secret><crc32>`. The checksum finds typing errors without a
 * database.
 */
import { crc32 } from 'node:zlib'

export interface ParsedKey {
  env: string
  keyid: string
  /** 256 random bits. */
  secret: string
}

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const KEYID_LENGTH = 12
/** 62^43 is just over 2^256. */
const SECRET_LENGTH = 43
/** 62^6 is over 2^32. */
const CRC_LENGTH = 6

const SHAPE = new RegExp(
  `^(hk_([a-z]+)_([0-9A-Za-z]{${KEYID_LENGTH}})_([0-9A-Za-z]{${SECRET_LENGTH}}))([0-9A-Za-z]{${CRC_LENGTH}})$`,
)

const KEYID = new RegExp(`^[0-9A-Za-z]{${KEYID_LENGTH}}$`)

export function isKeyid(text: string): boolean {
  return KEYID.test(text)
}

/** `randomBytes` must be cryptographically secure. */
export function generateKey(env: string, randomBytes: (count: number) => Uint8Array): ParsedKey {
  const keyid = encodeBase62(randomBytes(9), KEYID_LENGTH + 1).slice(-KEYID_LENGTH)
  return { env, keyid, secret: encodeBase62(randomBytes(32), SECRET_LENGTH) }
}

export function formatKey(key: ParsedKey): string {
  const text = formatSignedPart(key)
  return text + computeChecksum(text)
}

/** Returns undefined when the text is no key, or its checksum is wrong. */
export function parseKey(text: string): ParsedKey | undefined {
  const [, body, env, keyid, secret, sum] = SHAPE.exec(text) ?? []
  if (!body || !env || !keyid || !secret || computeChecksum(body) !== sum) return undefined
  return { env, keyid, secret }
}

/** Returns the part that the HMAC covers: everything but the checksum. */
export function formatSignedPart({ env, keyid, secret }: ParsedKey): string {
  return `hk_${env}_${keyid}_${secret}`
}

function computeChecksum(text: string): string {
  return formatBase62(BigInt(crc32(text)), CRC_LENGTH)
}

function encodeBase62(bytes: Uint8Array, length: number): string {
  return formatBase62(BigInt(`0x${Buffer.from(bytes).toString('hex')}`), length)
}

function formatBase62(value: bigint, length: number): string {
  let text = ''
  for (let rest = value; text.length < length; rest /= 62n) text = (ALPHABET[Number(rest % 62n)] ?? '') + text
  return text
}
