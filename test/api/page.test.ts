/** The files of the built page below /app. */
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answerEvent, type EventV2 } from '#api/http/event'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { createTestApi, type TestApi } from '../support/test-api.ts'

const INDEX = '<!doctype html><title>Hunter</title><script type="module" src="/app/assets/main-1a2b3c4d.js"></script>'
const SCRIPT = `console.log('ğ')\n`.repeat(100)
const IMAGE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 255, 254])

let database: HunterDatabase
let folder: string
let api: TestApi
beforeAll(async () => {
  database = await createHunterDatabase()
  folder = await mkdtemp(join(tmpdir(), 'hunter-page-'))
  await mkdir(join(folder, 'dist', 'assets'), { recursive: true })
  await writeFile(join(folder, 'secret.txt'), 'beside the folder')
  await writeFile(join(folder, 'dist', 'index.html'), INDEX)
  await writeFile(join(folder, 'dist', 'mark.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>')
  await writeFile(join(folder, 'dist', 'assets', 'main-1a2b3c4d.js'), SCRIPT)
  await writeFile(join(folder, 'dist', 'assets', 'photo-5e6f7a8b.png'), IMAGE)
  api = createTestApi(database.db, { pageFolders: [join(folder, 'none'), join(folder, 'dist')].map(toUrl) })
})
afterAll(async () => {
  await database.close()
  await rm(folder, { recursive: true })
})

const toUrl = (path: string) => pathToFileURL(`${path}/`)
const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  api.app.request(path, { method, headers })
const event = (rawPath: string, headers: Record<string, string> = {}): EventV2 => ({
  rawPath,
  headers,
  requestContext: { domainName: 'api.example.com', http: { method: 'GET', sourceIp: '192.0.2.1' } },
})

describe('index.html', () => {
  it('answers the address of the page and of every view, and is checked each time', async () => {
    for (const path of ['/app/', '/app/leads?text=a', '/app/leads/acme.com.tr', '/app/no/such/view']) {
      const answer = await get(path)
      expect([path, answer.status, await answer.text()]).toEqual([path, 200, INDEX])
      expect(answer.headers.get('Content-Type')).toBe('text/html; charset=utf-8')
      expect(answer.headers.get('Cache-Control')).toBe('no-cache')
    }
  })

  it('lets the browser run nothing but the page’s own files, and no other site frame it', async () => {
    const { headers } = await get('/app/')
    expect(headers.get('Content-Security-Policy')).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
    )
    expect(headers.get('X-Content-Type-Options')).toBe('nosniff')
    expect(headers.get('X-Frame-Options')).toBe('DENY')
  })

  it('answers 304 while it is the same, also compressed, and the new one after another build', async () => {
    for (const encoding of ['br', 'gzip', 'identity']) {
      const headers = { 'Accept-Encoding': encoding }
      const etag = (await get('/app/', headers)).headers.get('ETag') ?? ''
      const same = await get('/app/', { ...headers, 'If-None-Match': etag })
      expect([same.status, await same.text(), same.headers.get('ETag')]).toEqual([304, '', etag])
    }
    const built = `${INDEX}<!-- 2 -->`
    const etag = (await get('/app/')).headers.get('ETag') ?? ''
    await writeFile(join(folder, 'dist', 'index.html'), built)
    await utimes(join(folder, 'dist', 'index.html'), 2_000_000_000, 2_000_000_000)
    const next = await get('/app/', { 'If-None-Match': etag })
    expect([next.status, await next.text()]).toEqual([200, built])
    await writeFile(join(folder, 'dist', 'index.html'), INDEX)
  })

  it('is where a browser at the bare address is sent, while a program reads what the service is', async () => {
    const browser = await get('/', { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8' })
    expect([browser.status, browser.headers.get('Location')]).toEqual([302, '/app/'])
    for (const headers of [{}, { Accept: '*/*' }, { Accept: 'application/json' }]) {
      expect(await (await get('/', headers as Record<string, string>)).json()).toMatchObject({
        data: { name: 'Hunter' },
      })
    }
    const short = await get('/app?text=a')
    expect([short.status, short.headers.get('Location')]).toEqual([308, '/app/?text=a'])
  })
})

describe('a file of the build', () => {
  const PATH = '/app/assets/main-1a2b3c4d.js'

  it('stays in the browser for good, because its name changes with its contents', async () => {
    const answer = await get(PATH)
    expect(await answer.text()).toBe(SCRIPT)
    expect(answer.headers.get('Cache-Control')).toBe('public, max-age=31536000, immutable')
    expect(answer.headers.get('Content-Type')).toBe('text/javascript; charset=utf-8')
    const mark = await get('/app/mark.svg')
    expect(['Content-Type', 'Cache-Control'].map((name) => mark.headers.get(name))).toEqual([
      'image/svg+xml',
      'no-cache',
    ])
  })

  it('comes in the best encoding that the browser takes, with its length and its Vary', async () => {
    for (const [accepted, encoding, open] of [
      ['gzip, deflate, br, zstd', 'br', brotliDecompressSync],
      ['gzip;q=0.5, br;q=0', 'gzip', gunzipSync],
      ['gzip', 'gzip', gunzipSync],
      ['', null, (bytes: Buffer) => bytes],
    ] as const) {
      const { headers, ...answer } = await answerBytes(PATH, { 'Accept-Encoding': accepted })
      expect([accepted, headers.get('Content-Encoding')]).toEqual([accepted, encoding])
      expect(open(answer.bytes).toString()).toBe(SCRIPT)
      expect(headers.get('Content-Length')).toBe(String(answer.bytes.length))
      expect(headers.get('Vary')).toMatch(/Accept-Encoding/)
    }
    const image = await answerBytes('/app/assets/photo-5e6f7a8b.png', { 'Accept-Encoding': 'br' })
    expect([image.headers.get('Content-Encoding'), image.bytes]).toEqual([null, IMAGE])
  })

  async function answerBytes(path: string, headers: Record<string, string>) {
    const answer = await get(path, headers)
    return { headers: answer.headers, bytes: Buffer.from(await answer.arrayBuffer()) }
  }

  it('answers HEAD like GET without the body', async () => {
    for (const path of [PATH, '/app/']) {
      const [head, read] = [await get(path, {}, 'HEAD'), await get(path)]
      expect([head.status, await head.text()]).toEqual([200, ''])
      for (const name of ['Content-Type', 'Content-Length', 'ETag', 'Cache-Control']) {
        expect([name, head.headers.get(name)]).toEqual([name, read.headers.get(name)])
      }
    }
  })

  it('passes the gateway as it is: text, compressed and binary', async () => {
    const text = await answerEvent(api.app, event(PATH))
    expect([text.isBase64Encoded, text.body]).toEqual([false, SCRIPT])
    const packed = await answerEvent(api.app, event(PATH, { 'accept-encoding': 'br' }))
    expect(brotliDecompressSync(Buffer.from(packed.body, 'base64')).toString()).toBe(SCRIPT)
    const image = await answerEvent(api.app, event('/app/assets/photo-5e6f7a8b.png'))
    expect([image.isBase64Encoded, Buffer.from(image.body, 'base64')]).toEqual([true, IMAGE])
  })
})

it('answers 404 for a file that the build does not have, and reads nothing outside of its folder', async () => {
  for (const path of [
    '/app/assets/main-00000000.js',
    '/app/assets/',
    '/app/assets/../../secret.txt',
    '/app/assets/..%2f..%2fsecret.txt',
    '/app/assets/%2e%2e/%2e%2e/secret.txt',
    '/app/assets/..%5c..%5csecret.txt',
    '/app/assets/main-1a2b3c4d.js%00.css',
    '/app/assets//etc/passwd',
  ]) {
    const texts = [await (await get(path)).text(), (await answerEvent(api.app, event(decodeURIComponent(path)))).body]
    for (const text of texts) expect([path, /beside the folder|root:/.test(text)]).toEqual([path, false])
  }
  for (const path of ['main-00000000.js', '', '..%2f..%2fsecret.txt', 'main-1a2b3c4d.js%00.css', '/etc/passwd']) {
    expect([path, (await get(`/app/assets/${path}`)).status]).toEqual([path, 404])
  }
  expect((await get('/app/..%2fsecret.txt')).status).toBe(200) // no file, so a view: index.html
})

it('says how to build the page where there is no build', async () => {
  const bare = createTestApi(database.db, { pageFolders: [] })
  const answer = await bare.call('GET', '/app/')
  expect([answer.status, answer.body.error.code]).toEqual([404, 'PAGE_NOT_BUILT'])
  expect(answer.body.error.message).toContain('npm run build:web')
})

it('is logged by its route and counted by address, apart from the limits of keys', async () => {
  const answer = await get('/app/leads')
  expect(answer.headers.get('RateLimit-Policy')).toBe('"page";q=600;w=60')
  expect(api.lines.at(-1)?.fields).toMatchObject({ route: '/app/*', status: 200 })
  const left = async () => Number(/r=(\d+)/.exec((await get('/app/mark.svg')).headers.get('RateLimit') ?? '')?.[1])
  expect(await left()).toBe((await left()) + 1)
  expect((await api.call('GET', '/api/v1/leads', { key: await api.key(['read']) })).headers.get('RateLimit')).toMatch(
    '"key"',
  )
})
