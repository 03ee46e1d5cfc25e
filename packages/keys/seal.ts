/** Encrypts texts, so that a copy of the database alone does not reveal them. */
import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto'

export interface SealDeps {
  /** Secret of the installation, stored outside the database. */
  pepper: string
  randomBytes: (count: number) => Uint8Array
}

export interface Seal {
  encrypt(text: string): string
  /** @throws Error when the text was changed, or encrypted for another purpose */
  decrypt(sealed: string): string
}

const CIPHER = 'aes-256-gcm'
const IV_BYTES = 12
const TAG_BYTES = 16

/** The key depends on `purpose`, so a text copied to another row does not decrypt there. */
export function createSeal({ pepper, randomBytes }: SealDeps, purpose: string): Seal {
  const key = Buffer.from(hkdfSync('sha256', pepper, '', `hunter seal\n${purpose}`, 32))
  return {
    encrypt(text) {
      const iv = randomBytes(IV_BYTES)
      const cipher = createCipheriv(CIPHER, key, iv)
      const bytes = [cipher.update(text, 'utf8'), cipher.final()]
      return Buffer.concat([iv, ...bytes, cipher.getAuthTag()]).toString('base64')
    },
    decrypt(sealed) {
      const bytes = Buffer.from(sealed, 'base64')
      const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES })
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES))
      return decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8')
    },
  }
}
