import { createCipheriv, createDecipheriv, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { AppError } from '#platform/errors'

/**
 * Layout of a sealed file: this line, 16 bytes of salt, 8 of key id, 12 of nonce, 16 of tag, then the contents under
 * AES-256-GCM. The file name is authenticated too.
 */
const HEADER = Buffer.from('hunter-sealed-1\n')
const SALT_BYTES = 16
const KEY_ID_BYTES = 8
const NONCE_BYTES = 12
const TAG_BYTES = 16
const KEY_BYTES = 32
export const SEAL_BYTES = HEADER.length + SALT_BYTES + KEY_ID_BYTES + NONCE_BYTES + TAG_BYTES

/** Each guess at a passphrase costs 32 MiB and a tenth of a second. */
const SCRYPT = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 }

type RandomBytes = (count: number) => Buffer

interface SealKey {
  key: Buffer
  /** Distinguishes a wrong passphrase from damage. */
  id: Buffer
}

type Seal = (name: string, contents: Buffer) => Buffer

/** Seals the files of one archive. All of them share one salt. */
export async function createSeal(passphrase: string, randomBytes: RandomBytes): Promise<Seal> {
  const salt = randomBytes(SALT_BYTES)
  const { key, id } = await deriveKey(passphrase, salt)
  return (name, contents) => {
    const nonce = randomBytes(NONCE_BYTES)
    const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(name))
    const sealed = Buffer.concat([cipher.update(contents), cipher.final()])
    return Buffer.concat([HEADER, salt, id, nonce, cipher.getAuthTag(), sealed])
  }
}

type Unseal = (name: string, sealed: Buffer) => Promise<Buffer>

/**
 * Opens sealed files. @throws AppError (from the returned function) BACKUP_KEY_INVALID for a wrong passphrase,
 * BACKUP_DAMAGED
 */
export function createUnseal(passphrase: string): Unseal {
  const keys = new Map<string, Promise<SealKey>>()
  return async (name, bytes) => {
    if (bytes.length < SEAL_BYTES || !bytes.subarray(0, HEADER.length).equals(HEADER)) throw damaged(name)
    let at = HEADER.length
    const take = (count: number) => bytes.subarray(at, (at += count))
    const salt = take(SALT_BYTES)
    const idOfSealer = take(KEY_ID_BYTES)
    const nonce = take(NONCE_BYTES)
    const tag = take(TAG_BYTES)
    const cached = keys.get(salt.toString('hex')) ?? deriveKey(passphrase, salt)
    keys.set(salt.toString('hex'), cached)
    const { key, id } = await cached
    if (!timingSafeEqual(id, idOfSealer)) {
      throw new AppError('BACKUP_KEY_INVALID', `${name} was encrypted with a different key`)
    }
    try {
      const decipher = createDecipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(name)).setAuthTag(tag)
      return Buffer.concat([decipher.update(bytes.subarray(at)), decipher.final()])
    } catch (cause) {
      throw damaged(name, cause)
    }
  }
}

async function deriveKey(passphrase: string, salt: Buffer): Promise<SealKey> {
  const derive = promisify<string, Buffer, number, typeof SCRYPT, Buffer>(scrypt)
  const bytes = await derive(passphrase.normalize('NFC'), salt, KEY_BYTES + KEY_ID_BYTES, SCRYPT)
  return { key: bytes.subarray(0, KEY_BYTES), id: bytes.subarray(KEY_BYTES) }
}

function damaged(name: string, cause?: unknown): AppError {
  return new AppError('BACKUP_DAMAGED', `${name} was changed after it was encrypted`, { cause })
}
