/** Reads requests of the Upstash REST protocol: a JSON command, a list of them, or a command in the path. */
import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import * as z from 'zod/mini'
import { RedisError } from '#emulators/redis/reply'

const BODY_BYTES_MAX = 10 * 1024 * 1024

const commandSchema = z.array(z.union([z.string(), z.number(), z.boolean()])).check(z.minLength(1))
const commandsSchema = z.array(commandSchema)

/** Reads and drops what exceeds the limit, so that the caller gets to read the answer. */
export async function readBody(request: IncomingMessage): Promise<Buffer | 'too large'> {
  const chunks: Buffer[] = []
  let sizeBytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length
    if (sizeBytes <= BODY_BYTES_MAX) chunks.push(chunk)
  }
  return sizeBytes > BODY_BYTES_MAX ? 'too large' : Buffer.concat(chunks)
}

/** @throws RedisError unless the body is a JSON array of texts and numbers, the command's name first. */
export function parseCommand(body: Buffer): string[] {
  const parsed = z.safeParse(commandSchema, parseJson(body))
  if (!parsed.success) throw new RedisError('ERR failed to parse command: send a JSON array of strings and numbers')
  return parsed.data.map(String)
}

/** @throws RedisError unless the body is a JSON array of commands. */
export function parseCommands(body: Buffer): string[][] {
  const parsed = z.safeParse(commandsSchema, parseJson(body))
  if (!parsed.success) throw new RedisError('ERR failed to parse pipeline request: send a JSON array of commands')
  return parsed.data.map((command) => command.map(String))
}

/** Reads `/set/key?EX=60` with the value as body as `SET key value EX 60`. */
export function parsePathCommand(url: URL, body: Buffer): string[] {
  const words = url.pathname.slice(1).split('/').map(decodeWord)
  const value = body.length > 0 ? [decodeText(body)] : []
  const options = [...url.searchParams].flatMap(([name, text]) => (text === '' ? [name] : [name, text]))
  return [...words, ...value, ...options]
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(decodeText(body))
  } catch {
    return undefined
  }
}

function decodeText(body: Buffer): string {
  if (!isUtf8(body)) throw new RedisError('ERR the body is no UTF-8: values are texts here')
  return body.toString()
}

function decodeWord(word: string): string {
  try {
    return decodeURIComponent(word)
  } catch {
    throw new RedisError('ERR the path is not percent-encoded as it should be')
  }
}
