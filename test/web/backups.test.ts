import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseBackupId } from '#backups/format/backup-id'
import { hasChromium } from '../support/chromium.ts'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { createSampleCatalog, createSampleStore, keepBackup, type SampleStore } from '../support/sample-catalog.ts'
import { keepSampleMonth } from '../support/sample-month.ts'
import { createTestApi, type TestApi } from '../support/test-api.ts'
import { TestClock } from '../support/test-clock.ts'
import { isThorough, sampleOf } from '../support/thorough.ts'
import { type Look, type PageApp, startPageApp } from './app.ts'
import { expectNoAxeFindings, keepScreenshot } from './page.ts'

const NOW = new Date('2026-11-20T09:20:00Z')
const LOOKS = [
  ['laptop', 'light', 'en'],
  ['phone', 'dark', 'tr'],
  ['laptop', 'dark', 'tr'],
  ['wide', 'light', 'tr'],
  ['wide', 'dark', 'en'],
  ['phone', 'light', 'en'],
] as const

describe.skipIf(!hasChromium())('the view of the backups', () => {
  let database: HunterDatabase
  let store: SampleStore
  let requested: string[]
  let api: TestApi
  let app: PageApp
  let key: string
  beforeAll(async () => {
    database = await createHunterDatabase()
    const clock = new TestClock(NOW)
    store = createSampleStore()
    const catalog = createSampleCatalog(clock, store)
    keepSampleMonth(store, NOW)
    requested = catalog.requested
    api = createTestApi(database.db, { ...catalog, clock })
    key = await api.key(['admin'])
    app = await startPageApp(api)
  })
  afterAll(async () => {
    await app.close()
    await database.close()
  })
  const open = (search = '', look: Look = {}) => app.open(`/backups${search}`, key, { now: NOW, ...look })

  it('says first how old the newest proof is, and shows each of the last days with what was wrong', async () => {
    const page = await open()
    await page.getByRole('heading', { name: 'Proven 9 hours ago' }).waitFor()
    expect(await page.locator('.fact').allInnerTexts()).toContainEqual(expect.stringContaining('in 14 hours'))
    expect(await page.locator('.legend li').allInnerTexts()).toEqual([
      'Proven 35',
      'Unproven 1',
      'Failed 3',
      'Missing 1',
    ])
  })

  it('chooses a day by its arrow keys, keeps it in the address, and says why its proof failed', async () => {
    const page = await open()
    const days = page.getByRole('slider', { name: 'Day' })
    await days.focus()
    expect(await days.getAttribute('aria-valuetext')).toBe('20 Nov 2026: Proven')
    for (let back = 0; back < 9; back += 1) await days.press('ArrowLeft')
    expect(await days.getAttribute('aria-valuetext')).toBe('11 Nov 2026: Failed')
    await page.getByText('public.scans: 96 rows differ').waitFor()
    expect(page.url()).toContain('backup=20261111T000000Z')
    for (let back = 0; back < 8; back += 1) await days.press('ArrowLeft')
    await page.getByText('Hunter made no backup on this day.').waitFor()
    await page.reload()
    expect(await days.getAttribute('aria-valuetext')).toBe('3 Nov 2026: Missing')
  })

  it('compares a backup with the one before, says how long it stays and why, and gives the commands that restore it', async () => {
    const page = await open()
    await page.getByRole('link', { name: '18 Nov 2026, 03:00' }).click()
    await page.locator('.change', { hasText: 'scans' }).getByText('+1,310').waitFor()
    const detail = await page.locator('.backup-detail').innerText()
    expect(detail).toContain('npx hunter backup restore 20261118T000000Z-')
    expect(detail).toMatch(/a further verified backup of the week of/)
    expect(detail).toContain('Every row, sequence and definition is equal')
    expect(detail).toContain('Your own assertions hold · not checked')
  })

  it('tells a reader whose key may not see them what to do', async () => {
    const page = await app.open('/backups', await api.key(['read']), { now: NOW, allows: [/status of 403/] })
    await page.getByRole('alert').waitFor()
    expect(await page.getByRole('alert').innerText()).toContain('Your key may not do this')
  })

  it.each(sampleOf<(typeof LOOKS)[number]>([...LOOKS], 2))(
    'has no finding of axe and no sideways scroll: %s, %s, %s',
    async (size, scheme, language) => {
      const page = await open('', { size, scheme, language })
      await page.locator('.changes').waitFor()
      await expectNoAxeFindings(page)
      expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0)
      if (isThorough) await keepScreenshot(page, `backups-${size}-${scheme}-${language}`)
    },
  )

  it('requests a backup and follows it until it is proven', async () => {
    const page = await open()
    await page.getByRole('button', { name: 'Back up now' }).click()
    await page.getByText('A backup is being made and proven').waitFor()
    expect(requested).toEqual([expect.stringMatching(/^backup 20261120T092000Z-/)])
    const [id = ''] = requested.map((text) => text.replace('backup ', ''))
    keepBackup(store, parseBackupId(id))
    await page.clock.fastForward(3_000)
    await page.getByText('The backup is proven').waitFor()
    await page.getByRole('heading', { name: '20 Nov 2026, 12:20' }).waitFor()
  })
})
