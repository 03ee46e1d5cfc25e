/** The built page and the API behind it at one address, as a reader's browser sees them. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, resolve } from 'node:path'
import { buffer } from 'node:stream/consumers'
import type { Page } from 'playwright-core'
import { build, type Rolldown } from 'vite'
import type { TestApi } from '../support/test-api.ts'
import { openPage } from './page.ts'

const CONFIG = resolve(import.meta.dirname, '../../packages/web/vite.config.ts')
const POLICY = `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'`
const TYPES: Record<string, string> = { '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' }
const HTML = 'text/html; charset=utf-8'

export type Look = NonNullable<Parameters<typeof openPage>[1]>

export interface PageApp {
  /** Where the page is; without a slash at its end. */
  url: string
  /** Opens `/dashboard?days=30` as a reader who is signed in with the key. */
  open: (to: string, key: string, look?: Look) => Promise<Page>
  close: () => Promise<void>
}

export async function startPageApp(api: TestApi): Promise<PageApp> {
  const files = await buildPage()
  const server = createServer((request, response) => void serve(request, response))
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '', origin)
    if (!url.pathname.startsWith('/app/')) return forward(api, url, { request, response })
    const name = url.pathname.slice('/app/'.length)
    response.setHeader('Content-Security-Policy', POLICY)
    response.setHeader('Content-Type', TYPES[extname(name)] ?? HTML)
    response.end(files.get(name) ?? files.get('index.html'))
  }
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url: `${origin}/app`,
    open: (to, key, look) => openPage(`${origin}/app${to}#key=${key}`, look),
    close: async () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

async function forward(
  api: TestApi,
  url: URL,
  { request, response }: { request: IncomingMessage; response: ServerResponse },
): Promise<void> {
  const body = await buffer(request)
  const answer = await api.app.request(url, {
    method: request.method ?? 'GET',
    headers: request.headers as Record<string, string>,
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
