/** Serves SQS in this process: its JSON protocol over HTTP at 127.0.0.1. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as z from 'zod/mini'
import { type Account, ACTIONS } from '#emulators/sqs/actions'
import { createInvalidError, SqsError } from '#emulators/sqs/errors'
import { type Action, REQUESTS } from '#emulators/sqs/requests'

interface SqsServer {
  url: string
  close(): Promise<void>
}

interface SqsOptions {
  region: string
  /** Requests must name this key; the signature itself is not checked. */
  accessKeyId: string
}

/** SQS refuses ten messages of the maximum size as well: a request holds at most 1 MiB of bodies. */
const REQUEST_BYTES_MAX = 2 * 1_048_576

export async function startSqsServer({ region, accessKeyId }: SqsOptions): Promise<SqsServer> {
  const account: Account = { region, queues: new Map(), url: '' }
  const server = createServer((request, response) => {
    // Keeps out a web page that guesses the port.
    if (!String(request.headers.authorization).includes(`Credential=${accessKeyId}/`)) {
      return respond(response, 403, { __type: 'AccessDenied' })
    }
    void answer(account, request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  account.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url: account.url,
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      for (const queue of account.queues.values()) queue.close()
      await closed
    },
  }
}

async function answer(account: Account, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const gone = new AbortController()
  // A consumer that hangs up during a long poll must not take a message.
  response.on('close', () => gone.abort())
  try {
    const action = actionIn(request)
    const input = parse(action, await readBody(request))
    const perform = ACTIONS[action] as (account: Account, input: unknown, gone: AbortSignal) => unknown
    respond(response, 200, await perform(account, input, gone.signal))
  } catch (thrown) {
    const error = thrown instanceof SqsError ? thrown : new SqsError('InternalError', String(thrown))
    response.setHeader('x-amzn-query-error', `${error.queryCode};Sender`)
    respond(response, error.code === 'InternalError' ? 500 : 400, {
      __type: `com.amazonaws.sqs#${error.code}`,
      message: error.message,
    })
  }
}

function actionIn({ headers }: IncomingMessage): Action {
  const action = String(headers['x-amz-target']).replace(/^AmazonSQS\./, '')
  if (Object.hasOwn(REQUESTS, action)) return action as Action
  throw new SqsError('UnsupportedOperation', `${action} is not emulated here`)
}

function parse(action: Action, text: string): unknown {
  const parsed = z.safeParse(REQUESTS[action], readJson(text))
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw createInvalidError(`${issue?.path.join('.') || 'request'}: ${issue?.message}`)
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw createInvalidError('the request is not JSON')
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > REQUEST_BYTES_MAX) throw createInvalidError('the request is too large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

function respond(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(body))
}
