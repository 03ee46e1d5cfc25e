/** What the tests of the page rely on: a page that complains fails its test. */
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { hasChromium } from '../support/chromium.ts'
import { expectNoAxeFindings, keepScreenshot, openPage, openProfile } from './page.ts'

const POLICY = `default-src 'none'; script-src 'self'; connect-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'`
const HEAD = '<html lang="en"><title>Trial</title><meta name="viewport" content="width=device-width">'

/** A page that runs the script, and the complaint that it causes. */
const COMPLAINTS = [
  [`throw new Error('broken on purpose')`, 'broken on purpose'],
  [`document.body.innerHTML = '<b>x</b>'`, 'TrustedHTML'],
  [`fetch('http://localhost:9/').catch(() => undefined)`, 'connect-src'],
  [`document.body.setAttribute('style', 'color: red')`, 'inline style'],
  [`fetch('/gone')`, '404 (Not Found)'],
  [`fetch('/cut').catch(() => undefined)`, 'ERR_EMPTY_RESPONSE'],
] as const
/** Leaves a request that the server never answers. */
const GIVES_UP = `const stop = new AbortController(); fetch('/never', stop).catch(() => undefined); stop.abort()`

const ANSWERS: Record<string, (response: ServerResponse, query: URLSearchParams) => unknown> = {
  '/': (response, query) => {
    response.setHeader('Content-Type', 'text/html; charset=utf-8')
    response.end(
      `<!doctype html>${HEAD}<main><h1>Trial</h1><script src="/script?${query.toString()}"></script></main></html>`,
    )
  },
  '/script': (response, query) => response.setHeader('Content-Type', 'text/javascript').end(query.get('run')),
  '/gone': (response) => response.writeHead(404).end(),
  '/cut': (response) => response.destroy(),
  '/never': () => undefined,
}

describe.skipIf(!hasChromium())('a page in a real Chromium', () => {
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://127.0.0.1')
    response.setHeader('Content-Security-Policy', POLICY)
    ANSWERS[pathname]?.(response, searchParams)
  })
  beforeAll(async () => void (await once(server.listen(0, '127.0.0.1'), 'listening')))
  afterAll(() => {
    server.close()
    server.closeAllConnections()
  })
  const urlOf = (run = '') =>
    `http://127.0.0.1:${(server.address() as AddressInfo).port}/?run=${encodeURIComponent(run)}`

  it('fails its test when it throws, breaks its policy or asks for what is gone', async () => {
    const { context, complaints } = await openProfile({})
    onTestFinished(() => context.close())
    const page = await context.newPage()
    for (const [script, heard] of COMPLAINTS) {
      complaints.length = 0
      await page.goto(urlOf(script))
      await expect.poll(() => complaints.join('\n')).toContain(heard)
    }
  })

  it('may give a request up', async () => {
    const page = await openPage(urlOf(GIVES_UP))
    await page.reload()
    expect(await page.title()).toBe('Trial')
  })

  it('has the language, colours, width and time that its test asks for', async () => {
    const now = new Date('2026-11-20T09:00:00Z')
    const page = await openPage(urlOf(), { language: 'tr', scheme: 'dark', size: 'phone', now })
    const [language, isDark, width, time] = await page.evaluate<[string, boolean, number, string]>(
      `[navigator.language, matchMedia('(prefers-color-scheme: dark)').matches, innerWidth, new Date().toISOString()]`,
    )
    expect([language, isDark, width]).toEqual(['tr-TR', true, 360])
    expect(time).toMatch(/^2026-11-20T09:0/)
  })

  it('is kept as a picture for people to look at', async () => {
    const page = await openPage(urlOf())
    expect(await keepScreenshot(page, 'trial')).toBeGreaterThan(1_000)
  })

  it('is examined by axe under Trusted Types', async () => {
    const page = await openPage(urlOf())
    await expectNoAxeFindings(page)
    await page.evaluate(`document.querySelector('main').append(document.createElement('button'))`)
    await expect(expectNoAxeFindings(page)).rejects.toThrow('button-name')
  })
})
