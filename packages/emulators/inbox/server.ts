/** Takes what Hunter sends to people and programs, and shows it: stands in for Slack, Teams, a webhook and SES. */
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface ReceivedMessage {
  kind: 'slack' | 'teams' | 'webhook' | 'email'
  headers: Record<string, string | string[] | undefined>
  body: unknown
}

interface Inbox {
  url: string
  close(): Promise<void>
}

const BODY_BYTES_MAX = 1_048_576
const SES_PATH = '/v2/email/outbound-emails'

/** `port` 0, or one that is taken: any free one. POST to /slack, /teams or any other path. */
export async function startInbox(onMessage: (message: ReceivedMessage) => void, port = 0): Promise<Inbox> {
  const server = createServer((request, response) => {
    const end = (status: number, type: string, text: string) =>
      response.writeHead(status, { 'Content-Type': type }).end(text)
    void readJson(request).then((body) => {
      if (request.method !== 'POST' || body === undefined) return end(400, 'text/plain', 'invalid_payload')
      const kind = nameKind(request.url ?? '')
      onMessage({ kind, headers: request.headers, body })
      if (kind === 'slack') return end(200, 'text/plain', 'ok')
      if (kind === 'email') return end(200, 'application/json', JSON.stringify({ MessageId: `local-${Date.now()}` }))
      return end(kind === 'teams' ? 202 : 204, 'text/plain', '')
    })
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening').catch(async () => {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

function nameKind(path: string): ReceivedMessage['kind'] {
  if (path.startsWith(SES_PATH)) return 'email'
  if (path.startsWith('/slack')) return 'slack'
  return path.startsWith('/teams') ? 'teams' : 'webhook'
}

/** undefined: no JSON, too large, or cut off. */
async function readJson(request: IncomingMessage): Promise<unknown> {
  const pieces: Buffer[] = []
  let bytes = 0
  try {
    for await (const piece of request as AsyncIterable<Buffer>) {
      bytes += piece.byteLength
      if (bytes > BODY_BYTES_MAX) return undefined
      pieces.push(piece)
    }
    return JSON.parse(Buffer.concat(pieces).toString()) as unknown
  } catch {
    return undefined
  }
}
