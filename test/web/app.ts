/** The built page and the API behind it at one address, as a reader's browser sees them. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, resolve } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { build, type Rolldown } from 'vite'
import type { TestApi } from '../support/test-api.ts'

const CONFIG = resolve(import.meta.dirname, '../../packages/web/vite.config.ts')
const POLICY = `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'`
const TYPES: Record<string, string> = { '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' }
const HTML = 'text/html; charset=utf-8'

export interface PageApp {
  /** Without a slash at its end. */
  url: string
  close: () => Promise<void>
}

/** The key signs every request, as the cookie of a session does. */
export async function startPageApp(api: TestApi, key: string): Promise<PageApp> {
  const files = await buildPage()
  const server = createServer((request, response) => void serve(request, response))
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const { pathname, search } = new URL(request.url ?? '', 'http://127.0.0.1')
    if (pathname === '/api/v1/session') return sendSession(response)
    if (!pathname.startsWith('/app/')) return forward(api, key, { path: pathname + search, request, response })
    const name = pathname.slice('/app/'.length)
    response.setHeader('Content-Security-Policy', POLICY)
    response.setHeader('Content-Type', TYPES[extname(name)] ?? HTML)
    response.end(files.get(name) ?? files.get('index.html'))
  }
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/app`,
    close: async () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

function sendSession(response: ServerResponse): void {
  const data = { key: { keyid: 'test', name: 'Sales', scopes: ['read', 'write', 'admin'] } }
  response.setHeader('Content-Type', 'application/json')
  response.end(JSON.stringify({ success: true, data }))
}

interface Exchange {
  path: string
  request: IncomingMessage
  response: ServerResponse
}

async function forward(api: TestApi, key: string, { path, request, response }: Exchange): Promise<void> {
  const body = await buffer(request)
  const answer = await api.app.request(path, {
    method: request.method ?? 'GET',
    headers: { ...(request.headers as Record<string, string>), authorization: `Bearer ${key}` },
    ...(body.length > 0 && { body }),
  })
  response.writeHead(answer.status, Object.fromEntries(answer.headers))
  response.end(Buffer.from(await answer.arrayBuffer()))
}

let built: Promise<Map<string, string | Uint8Array>> | undefined

/** Builds the page in memory, once for all files of this worker. */
function buildPage(): Promise<Map<string, string | Uint8Array>> {
  return (built ??= build({ configFile: CONFIG, logLevel: 'warn', build: { write: false } }).then((result) => {
    const { output } = result as Rolldown.RolldownOutput
    return new Map(output.map((file) => [file.fileName, file.type === 'chunk' ? file.code : file.source]))
  }))
}
