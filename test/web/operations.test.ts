import { v7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasChromium } from '../support/chromium.ts'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { createTestApi, type TestApi } from '../support/test-api.ts'
import { type Look, type PageApp, startPageApp } from './app.ts'
import { expectNoAxeFindings, keepScreenshot } from './page.ts'

describe.skipIf(!hasChromium())('the operations view', () => {
  let database: HunterDatabase
  let api: TestApi
  let app: PageApp
  let admin: string
  let isRedisUp = true
  let letters = [{ body: JSON.stringify({ importId: v7() }), handle: '1' }]

  beforeAll(async () => {
    database = await createHunterDatabase()
    const check = async () => {
      if (!isRedisUp) throw new Error('down')
    }
    const parts = [
      { name: 'database', essential: true, check: async () => undefined },
      { name: 'redis', essential: true, check },
    ]
    api = createTestApi(database.db, {
      readiness: { parts, isMigrated: async () => true, timeoutMs: 2_000 },
      deadLetters: { receive: async () => letters, remove: async () => void (letters = []) },
    })
    admin = await api.key(['read', 'write', 'admin'])
    app = await startPageApp(api)
    const channel = { name: 'CRM', kind: 'webhook', address: 'https://crm.acme.com.tr/hunter' }
    await post('/alerts/channels', channel)
    await post('/scan/bulk', { domains: ['bir.com.tr', 'iki.com.tr'] })
  })
  afterAll(async () => {
    await app.close()
    await database.close()
  })

  const post = (path: string, body: unknown) => api.call('POST', `/api/v1${path}`, { key: admin, body })
  const open = (part: string, look: Look = {}, key = admin) =>
    app.open(part === 'state' ? '/operations' : `/operations?part=${part}`, key, { now: api.clock.now(), ...look })
  const works = async (key: string) => (await api.call('GET', '/api/v1/leads', { key })).status === 200

  it('shows a new key once, and keeps it nowhere', async () => {
    const page = await open('keys')
    await page.getByRole('button', { name: 'Create a key' }).click()
    await page.getByLabel('Name').fill('CRM import')
    await page.getByRole('button', { name: 'Create the key' }).click()
    const key = (await page.locator('.secret').textContent()) ?? ''
    expect(await works(key)).toBe(true)
    await page.getByRole('button', { name: 'I have stored it' }).click()
    await page.getByRole('row', { name: /CRM import/ }).waitFor()
    const kept = await page.evaluate<string>(
      `document.documentElement.outerHTML + JSON.stringify([{ ...localStorage }, { ...sessionStorage }, history.state, location.href])`,
    )
    expect(kept).not.toContain(key.slice(-20))
  })

  it('gives a key a new secret, and revokes it, each after a question', async () => {
    const { body } = await post('/admin/keys', { name: 'Report', scopes: ['read'] })
    const old = String(body.data['key'])
    const page = await open('keys')
    const row = page.getByRole('row', { name: /Report/ })
    await row.getByRole('button', { name: 'Rotate' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Rotate' }).click()
    const next = (await page.locator('.secret').textContent()) ?? ''
    expect([next === old, await works(next), await works(old)]).toEqual([false, true, true])
    await page.getByRole('button', { name: 'I have stored it' }).click()
    await row.getByRole('button', { name: 'Revoke' }).click()
    expect(await works(next)).toBe(true)
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
    await row.getByText('Revoked').waitFor()
    api.clock.advanceMs(6_000) // the verifier looks for revoked keys every five seconds
    await expect.poll(() => works(next)).toBe(false)
  })

  it('lists the sessions of all keys, and ends one at once', async () => {
    const { body } = await post('/admin/keys', { name: 'Guest', scopes: ['read'] })
    const guest = await open('state', { allows: [/status of 401/] }, String(body.data['key']))
    await guest.getByText('Limits').waitFor()
    const page = await open('keys')
    await page.getByRole('button', { name: /End the session of Guest in Chrome/ }).click()
    await expect.poll(() => page.getByRole('button', { name: /End the session of Guest/ }).count()).toBe(0)
    api.clock.advanceMs(6_000)
    await guest.reload()
    await guest.getByLabel('API key').waitFor()
  })

  it('says why a key may not be revoked, and what to do', async () => {
    const page = await open('keys', { allows: [/status of 409/] })
    await page
      .getByRole('row', { name: /Administer/ })
      .getByRole('button', { name: 'Revoke' })
      .click()
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
    expect(await page.getByRole('alert').innerText()).toMatch(/last active key with the scope admin/)
    await page.keyboard.press('Escape')
    expect(await page.getByRole('dialog').count()).toBe(0)
    expect(await works(admin)).toBe(true)
  })

  it('names the part that is down, even while the service is not ready', async () => {
    isRedisUp = false
    const page = await open('state', { allows: [/status of 503/] })
    const states = () => page.locator('[aria-labelledby=health] .state').allInnerTexts()
    await expect.poll(states).toEqual(['Up', 'Down'])
    isRedisUp = true
    await page.reload()
    await expect.poll(states).toEqual(['Up', 'Up'])
  })

  it('sends dead letters back, cancels a scan, and pauses and changes the rescans', async () => {
    const page = await open('state')
    await page.getByRole('button', { name: 'Send back to the queue' }).click()
    await page.getByText('1 message is back in the queue.').waitFor()
    expect([letters, api.queue.imports]).toMatchObject([[], { length: 1 }])
    await page.getByRole('button', { name: /^Cancel the scan/ }).click()
    await page.getByRole('cell', { name: 'Cancelled' }).waitFor()
    await page.getByRole('button', { name: 'Pause' }).click()
    await page.getByRole('button', { name: 'Resume' }).waitFor()
    await page.getByRole('button', { name: 'Change' }).click()
    await page.getByLabel('Days until').fill('14')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Every lead again after 14 days').waitFor()
    const { body } = await api.call('GET', '/api/v1/rescan/schedule', { key: admin })
    expect(body.data).toMatchObject({ every_days: 14, budget: 10_000, paused: { by: expect.any(String) } })
  })

  it('tests an alert channel, and shows its log', async () => {
    const page = await open('channels')
    const row = page.getByRole('row', { name: /CRM/ })
    await row.getByRole('button', { name: 'Test' }).click()
    await row.getByText('Active').waitFor()
    expect(api.alerted).toHaveLength(1)
    await row.getByRole('button', { name: 'Log' }).click()
    await page.getByRole('dialog').getByText('Nothing was sent to it yet.').waitFor()
  })

  it('filters the audit trail by a word of it, and Back shows all', async () => {
    const page = await open('audit')
    const rows = page.locator('.audit-table tbody tr')
    await rows.first().waitFor()
    const all = await rows.count()
    await page.getByRole('button', { name: 'alert_channel.created' }).click()
    await expect.poll(() => rows.count()).toBe(1)
    expect(new URL(page.url()).searchParams.get('action')).toBe('alert_channel.created')
    await page.goBack()
    await expect.poll(() => rows.count()).toBe(all)
  })

  it('says which scope is missing to a reader who is no administrator', async () => {
    const page = await open('keys', { allows: [/status of 403/] }, await api.key(['read']))
    expect(await page.getByRole('alert').innerText()).toContain('Your key may not do this')
  })

  it.each([
    ['laptop', 'dark', 'en'],
    ['phone', 'light', 'tr'],
  ] as const)('is readable for everybody on a %s, %s, in %s', async (size, scheme, language) => {
    const page = await open('state', { size, scheme, language })
    for (const part of ['state', 'keys', 'channels', 'audit']) {
      if (part !== 'state') await page.locator(`[data-focus="part ${part}"]`).click()
      await page.locator('.panel tbody tr').last().waitFor()
      await expectNoAxeFindings(page)
      expect(await page.evaluate('document.documentElement.scrollWidth <= screen.width')).toBe(true)
      await keepScreenshot(page, `operations-${part}-${size}-${scheme}-${language}`)
    }
  })
})
