/**
 * Owns the local S3: a server on files, for one process on one machine, with the real one's objects, versions, tags,
 * multipart uploads and lifecycle rules, at 127.0.0.1 and in path style. It honours checksums and conditions, checks
 * signatures, and answers 501 for missing features.
 *
 * One server at a time may use the folder; its caller ensures that.
 */
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { finished, pipeline } from 'node:stream/promises'
import type { Clock } from '#platform/clock'
import type { S3Context } from '#emulators/s3/context'
import { answerPreflight, findCorsHeaders } from '#emulators/s3/cors'
import { S3Error } from '#emulators/s3/errors'
import { applyLifecycle, type Expired } from '#emulators/s3/lifecycle'
import { isForm, postObject } from '#emulators/s3/post-object'
import { type HeldBytes, readRequest, type S3Response } from '#emulators/s3/request'
import { findRoute } from '#emulators/s3/routes'
import { checkSignature, type Credentials } from '#emulators/s3/signature'
import { Store } from '#emulators/s3/store'
import { buildElement, buildErrorDocument } from '#emulators/xml'

interface S3ServerOptions {
  /** 0, the default, takes any free port. */
  port?: number
  dir: string
  /** Created at start if missing. */
  buckets: string[]
  clock: Clock
  accessKeyId?: string
  secretAccessKey?: string
}

export interface S3Server {
  url: string
  /** Applies the lifecycle rules of all buckets at that time; nothing expires until this is called. */
  expireObjects(now: Date): Promise<Expired[]>
  /** Resolves when the last request is done and its files are closed. */
  close(): Promise<void>
}

export const LOCAL_CREDENTIALS: Credentials = { accessKeyId: 'local', secretAccessKey: 'local-secret' }

export async function startS3Server(options: S3ServerOptions): Promise<S3Server> {
  const store = new Store(options.dir, options.clock)
  await store.open()
  for (const name of options.buckets) if (!store.has(name)) await store.createBucket(name)
  const credentials = {
    accessKeyId: options.accessKeyId ?? LOCAL_CREDENTIALS.accessKeyId,
    secretAccessKey: options.secretAccessKey ?? LOCAL_CREDENTIALS.secretAccessKey,
  }
  const context = { store, clock: options.clock }
  const open = new Set<Promise<void>>()
  const server = createServer({ requestTimeout: 0, keepAliveTimeout: 60_000 }, (message, response) => {
    const done = serve(context, credentials, message, response).finally(() => open.delete(done))
    open.add(done)
  })
  await listen(server, options.port ?? 0)
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    expireObjects: async (now) => {
      const done: Expired[] = []
      for (const bucket of store.buckets()) done.push(...(await applyLifecycle(bucket, now)))
      return done
    },
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      await Promise.all([closed, ...open])
    },
  }
}

/** Never rejects: a failure becomes the client's answer, or closes the connection. */
async function serve(
  context: S3Context,
  credentials: Credentials,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const answer = await answerTo(context, credentials, message)
  // Reads and drops what the operation left unread; otherwise the client would never see the answer.
  message.resume()
  try {
    await send(message, response, answer)
  } catch {
    response.destroy()
  }
}

async function answerTo(context: S3Context, credentials: Credentials, message: IncomingMessage): Promise<S3Response> {
  let cors: Record<string, string> = {}
  try {
    const request = readRequest(message)
    if (request.method === 'OPTIONS') return await answerPreflight(context, request)
    cors = findCorsHeaders(context, request) ?? {}
    if (isForm(request)) return addHeaders(await postObject(context, credentials, request), cors)
    checkSignature(credentials, message, context.clock.now())
    return addHeaders(await findRoute(request)(context, request), cors)
  } catch (error) {
    return addHeaders(refusal(error, message), cors)
  }
}

function addHeaders(answer: S3Response, headers: Record<string, string>): S3Response {
  return { ...answer, headers: { ...answer.headers, ...headers } }
}

function refusal(error: unknown, message: IncomingMessage): S3Response {
  const known =
    error instanceof S3Error
      ? error
      : new S3Error('InternalError', error instanceof Error ? error.message : String(error))
  const fields = Object.entries(known.fields).map(([name, value]) => buildElement(name, value))
  const empty = message.method === 'HEAD' || known.code === 'NotModified'
  return {
    status: known.status,
    headers: known.headers,
    ...(empty
      ? {}
      : { body: buildErrorDocument(buildElement('Code', known.code), buildElement('Message', known.message), fields) }),
  }
}

async function send(
  message: IncomingMessage,
  response: ServerResponse,
  { status, headers, body }: S3Response,
): Promise<void> {
  response.statusCode = status
  response.setHeader('x-amz-request-id', randomUUID())
  for (const [name, value] of Object.entries(headers ?? {})) if (value !== undefined) response.setHeader(name, value)
  if (typeof body === 'object') return sendBytes(response, body)
  if (body !== undefined) response.setHeader('content-type', 'application/xml')
  else if (message.method !== 'HEAD' && status !== 204 && status !== 304) response.setHeader('content-length', 0)
  response.end(body)
  await finished(response, { readable: false })
}

async function sendBytes(response: ServerResponse, { chunks, release }: HeldBytes): Promise<void> {
  try {
    await pipeline(chunks, response)
  } finally {
    release()
  }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      resolve()
    })
  })
}
