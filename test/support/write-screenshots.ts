/**
 * Writes the pictures of the page in `docs/images`: `npm run docs:screenshots`. It starts Hunter with an empty folder, imports
 * the demo's list, and signs in as a user does, so the pictures show what a new user sees.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { chromium } from 'playwright-core'
import { createClient } from '#client/client'
import { startChromium } from './chromium.ts'

const IMAGES = 'docs/images'
const PICTURES = { leads: 'leads', lead: 'leads/hunter-demo-finans.com.tr' }

const dir = await mkdtemp(join(tmpdir(), 'hunter-screenshots-'))
const port = String(await findFreePort())
const hunter = spawn(process.execPath, ['packages/cli/main.ts', 'dev', '--data-dir', dir, '--port', port], {
  stdio: ['ignore', 'pipe', 'inherit'],
})
try {
  const { link, key } = await readStart()
  await importDemo(key)
  await takePictures(link)
} finally {
  hunter.kill('SIGINT')
  await once(hunter, 'exit')
  await rm(dir, { recursive: true, force: true })
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return address.port
}

async function readStart(): Promise<{ link: string; key: string }> {
  let text = ''
  hunter.stdout.on('data', (chunk) => (text += String(chunk)))
  while (hunter.exitCode === null) {
    const [, link] = /Page\s+(\S+)\n/.exec(text) ?? []
    const [, key] = /Key\s+(\S+)\n/.exec(text) ?? []
    if (link !== undefined && key !== undefined) return { link, key }
    await sleep(200)
  }
  throw new Error(`Hunter did not start:\n${text}`)
}

async function importDemo(key: string): Promise<void> {
  const client = createClient({ url: `http://127.0.0.1:${port}`, key })
  const csv = await readFile('packages/local/demo-domains.csv', 'utf8')
  const { data } = await client.post('/ingest/csv', { query: { scan: true }, body: { csv } })
  for (const job of data.scan.jobs) {
    while ((await client.get('/scan/bulk/{job}', { params: { job } })).data.state !== 'done') await sleep(500)
  }
}

async function takePictures(link: string): Promise<void> {
  const server = await startChromium()
  const browser = await chromium.connect(server.wsEndpoint())
  try {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await browser.newPage({ colorScheme, locale: 'en-GB', viewport: { width: 1280, height: 720 } })
      await page.goto(link)
      await page.locator('.lead-table td').first().waitFor() // signed in
      for (const [name, path] of Object.entries(PICTURES)) {
        await page.goto(new URL(`/app/${path}`, link).href)
        await page.locator('.lead-table td, .sales-part').first().waitFor({ state: 'visible' })
        await page.waitForLoadState('networkidle')
        await writeFile(`${IMAGES}/${name}-${colorScheme}.png`, await page.screenshot())
      }
      await page.close()
    }
  } finally {
    await browser.close()
    await server.close()
  }
}
