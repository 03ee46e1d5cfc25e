/** The text of an API key: `hk_<env>_<keyid>_<secret><crc32>`. The check sum finds typing errors without a database. */
import { crc32 } from 'node:zlib'

export interface KeyText {
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

/** `randomBytes` must be fit for secrets. */
export function newKeyText(env: string, randomBytes: (count: number) => Uint8Array): KeyText {
  const keyid = base62(randomBytes(9), KEYID_LENGTH + 1).slice(-KEYID_LENGTH)
  return { env, keyid, secret: base62(randomBytes(32), SECRET_LENGTH) }
}

export function writeKey(key: KeyText): string {
  const text = bodyOf(key)
  return text + checkSum(text)
}

/** undefined: not the shape of a key, or a mistyped one. */
export function readKey(text: string): KeyText | undefined {
  const [, body, env, keyid, secret, sum] = SHAPE.exec(text) ?? []
  if (!body || !env || !keyid || !secret || checkSum(body) !== sum) return undefined
  return { env, keyid, secret }
}

/** What is signed: all of the key but its check sum. */
export function bodyOf({ env, keyid, secret }: KeyText): string {
  return `hk_${env}_${keyid}_${secret}`
}

function checkSum(text: string): string {
  return digits(BigInt(crc32(text)), CRC_LENGTH)
}

function base62(bytes: Uint8Array, length: number): string {
  return digits(BigInt(`0x${Buffer.from(bytes).toString('hex')}`), length)
}

function digits(value: bigint, length: number): string {
  let text = ''
  for (let rest = value; text.length < length; rest /= 62n) text = (ALPHABET[Number(rest % 62n)] ?? '') + text
  return text
}
