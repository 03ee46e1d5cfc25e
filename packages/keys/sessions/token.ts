/** The text of a session's cookie: `<id>.<secret>`. The id finds the row, and the secret is compared in constant time. */
import { createHmac } from 'node:crypto'

/** 256 random bits. */
const SECRET_BYTES = 32

const SHAPE = /^([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})\.[\w-]{43}$/

/** `randomBytes` must be cryptographically secure. */
export function generateToken(id: string, randomBytes: (count: number) => Uint8Array): string {
  return `${id}.${Buffer.from(randomBytes(SECRET_BYTES)).toString('base64url')}`
}

/** Returns the session's id; undefined when the text is no token. */
export function parseToken(text: string): string | undefined {
  return SHAPE.exec(text)?.[1]
}

/** The first line keeps the HMAC apart from that of a key, which has the same pepper. */
export function computeTokenHmac(pepper: string, token: string): Buffer {
  return createHmac('sha256', pepper).update(`session\n${token}`).digest()
}
