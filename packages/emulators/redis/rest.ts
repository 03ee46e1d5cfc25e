/**
 * Serves the Upstash REST protocol over any engine: authorises requests, reads their commands and writes the answers.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http'
import { getErrorMessage } from '#platform/errors'
import type { Engine } from '#emulators/redis/engine'
import { type Encoding, type Reply, RedisError, encodeReply, isFailure } from '#emulators/redis/reply'
import { parseCommand, parseCommands, parsePathCommand, readBody } from '#emulators/redis/request'

interface RestOptions {
  token: string
  engine: Engine
}

interface Answer {
  status: number
  body: unknown
}

const METHODS = ['GET', 'POST', 'PUT']

export function createRestServer(options: RestOptions): Server {
  return createServer((request, response) => void serve(options, request, response))
}

async function serve(options: RestOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { status, body } = await answer(options, request).catch(toFailure)
  request.resume() // An unread body must not block the connection's next request.
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

function toFailure(error: unknown): Answer {
  if (error instanceof RedisError) return { status: 400, body: { error: error.message } }
  return { status: 500, body: { error: `ERR internal error: ${getErrorMessage(error)}` } }
}

/** Checks the token first, on every route, before it reads or runs anything. */
async function answer({ token, engine }: RestOptions, request: IncomingMessage): Promise<Answer> {
  if (!isAuthorised(request, token)) return { status: 401, body: { error: 'WRONGPASS invalid or missing auth token' } }
  if (!METHODS.includes(request.method ?? '')) return { status: 405, body: { error: 'ERR method not allowed' } }
  const body = await readBody(request)
  if (body === 'too large') return { status: 413, body: { error: 'ERR max request size exceeded' } }
  const url = new URL(request.url ?? '/', 'http://127.0.0.1')
  const encoding = request.headers['upstash-encoding'] === 'base64' ? 'base64' : 'plain'
  switch (url.pathname) {
    case '/pipeline':
      return listAnswer(await engine.run(parseCommands(body)), encoding)
    case '/multi-exec':
      return listAnswer(await engine.transaction(parseCommands(body)), encoding)
    case '/':
      return singleAnswer(await engine.run([parseCommand(body)]), encoding)
    default:
      return singleAnswer(await engine.run([parsePathCommand(url, body)]), encoding)
  }
}

/** Hashes both sides: equal lengths allow a constant-time comparison. */
function isAuthorised(request: IncomingMessage, token: string): boolean {
  return timingSafeEqual(digest(request.headers.authorization ?? ''), digest(`Bearer ${token}`))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

function singleAnswer([reply = null]: Reply[], encoding: Encoding): Answer {
  return { status: isFailure(reply) ? 400 : 200, body: toEntry(reply, encoding) }
}

function listAnswer(replies: Reply[], encoding: Encoding): Answer {
  return { status: 200, body: replies.map((reply) => toEntry(reply, encoding)) }
}

function toEntry(reply: Reply, encoding: Encoding): { error: string } | { result: unknown } {
  return isFailure(reply) ? { error: reply.error } : { result: encodeReply(reply, encoding) }
}
