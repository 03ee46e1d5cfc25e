import { chromium } from 'playwright-core'
import { expect, it } from 'vitest'
import { isRunning } from '../support/child-processes.ts'
import { hasNpmChromium, startChromium } from '../support/chromium.ts'

it.skipIf(!hasNpmChromium())(
  'the Chromium that npm brings opens a page in Turkish with fields, and leaves no process',
  async () => {
    const server = await startChromium(true)
    const browser = await chromium.connect(server.wsEndpoint())
    const page = await browser.newPage({ locale: 'tr-TR' })
    await page.setContent('<p>ğüşİ</p><input type="search" placeholder="Ara"><input type="file">')
    await page.screenshot() // draws the fields, which needs a font
    expect(await page.evaluate(`new Intl.NumberFormat().format(1234.5) + document.body.textContent`)).toBe(
      '1.234,5ğüşİ',
    )
    await server.close()
    expect(await isRunning(server.process().pid ?? 0)).toBe(false)
  },
)
