/** Opens pages in a real Chromium. Whatever a page complains about fails the test that opened it. */
import { mkdir, readdir, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import axe, { type AxeResults } from 'axe-core'
import type { BrowserContext, Page } from 'playwright-core'
import { expect, onTestFinished } from 'vitest'
import { connectBrowser } from './browser.ts'

interface Look {
  scheme?: 'light' | 'dark'
  size?: keyof typeof SIZES
  language?: 'en' | 'tr'
  /** Complaints that the test brings about: `[/status of 401/]`. */
  allows?: RegExp[]
  hasScripts?: boolean
  /** The browser's time when the page opens; it runs on from there. */
  now?: Date
  /** Runs before the first page opens: to sign in, or to hold answers back. */
  prepare?: (context: BrowserContext) => Promise<void>
}

const SIZES = {
  phone: { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true },
  laptop: { viewport: { width: 1280, height: 800 } },
  wide: { viewport: { width: 1920, height: 1080 } },
}
const LOCALES = { en: 'en-GB', tr: 'tr-TR' }
/** Only stops what hangs. */
const LIMIT_MS = 120_000

/** Opens a page in a profile of its own, which the end of the test closes. */
export async function openPage(url: string, look: Look = {}): Promise<Page> {
  const { context, complaints } = await openProfile(look)
  onTestFinished(async () => {
    await context.close()
    const { allows = [] } = look
    expect(complaints.filter((complaint) => !allows.some((allowed) => allowed.test(complaint)))).toEqual([])
  })
  await look.prepare?.(context)
  const page = await context.newPage()
  await page.goto(url)
  return page
}

export async function openProfile(look: Look): Promise<{ context: BrowserContext; complaints: string[] }> {
  const { scheme = 'light', size = 'laptop', language = 'en', hasScripts = true, now } = look
  const browser = await connectBrowser()
  const context = await browser.newContext({
    ...SIZES[size],
    locale: LOCALES[language],
    timezoneId: 'Europe/Istanbul',
    colorScheme: scheme,
    reducedMotion: 'reduce',
    javaScriptEnabled: hasScripts,
  })
  context.setDefaultTimeout(LIMIT_MS)
  if (now) await context.clock.install({ time: now })
  return { context, complaints: collectComplaints(context) }
}

/** Chromium itself writes to the console what the policy refuses and which answers are errors. */
function collectComplaints(context: BrowserContext): string[] {
  const complaints: string[] = []
  context.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`${message.text()} ${message.location().url}`)
  })
  context.on('weberror', (thrown) => void complaints.push(String(thrown.error())))
  context.on('requestfailed', (request) => {
    const reason = request.failure()?.errorText ?? ''
    // a page gives up what it needs no more
    if (reason !== 'net::ERR_ABORTED') complaints.push(`${reason} ${request.url()}`)
  })
  return complaints
}

/** Trusted Types refuse a script element, so the source runs as a debugger's does. */
export async function expectNoAxeFindings(page: Page): Promise<void> {
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate<AxeResults>('axe.run({ resultTypes: ["violations"] })')
  const findings = violations.map(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
  )
  expect(findings.flat().join('\n')).toBe('')
}

const FOLDER = resolve(import.meta.dirname, '../../screens')
const FOLDER_BYTES_MAX = 20 * 2 ** 20

/** Keeps a picture of the whole page in `screens/`, which git ignores. Returns its size in bytes. */
export async function keepScreenshot(page: Page, name: string): Promise<number> {
  await mkdir(FOLDER, { recursive: true })
  const picture = await page.screenshot({ path: join(FOLDER, `${name}.png`), fullPage: true })
  const files = await readdir(FOLDER)
  const sizes = await Promise.all(files.map(async (file) => (await stat(join(FOLDER, file))).size))
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(FOLDER_BYTES_MAX)
  return picture.length
}
