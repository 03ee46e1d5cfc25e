import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answerEvent } from '#api/http/event'
import { alertChannels } from '#db/tables'
import { startGateway } from '#local/gateway'
import { hasChromium } from '../support/chromium.ts'
import { keepExampleChannel } from '../support/create-examples.ts'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { createTestApi } from '../support/test-api.ts'
import { expectNoAxeFindings, openPage } from './page.ts'

describe.skipIf(!hasChromium())('the page of a reader who unsubscribes', () => {
  let database: HunterDatabase
  let gateway: Awaited<ReturnType<typeof startGateway>>
  beforeAll(async () => {
    database = await createHunterDatabase()
    const { app } = createTestApi(database.db)
    const ignore = () => undefined
    const invoke = (event: Parameters<typeof answerEvent>[1]) => answerEvent(app, event)
    gateway = await startGateway({ port: 0, invoke, onProblem: ignore, onAnswer: ignore })
  })
  afterAll(async () => {
    await gateway.close()
    await database.close()
  })

  it('unsubscribes by its button, which its policy lets through, on a phone and in the dark', async () => {
    const { channel, token } = await keepExampleChannel(database.db)
    const page = await openPage(`${gateway.url}/unsubscribe/${token}`, {
      size: 'phone',
      scheme: 'dark',
      language: 'tr',
    })
    await expectNoAxeFindings(page)
    await page.getByRole('button', { name: 'Abonelikten çık' }).click()
    await page.getByRole('heading', { name: 'Abonelikten çıktınız' }).waitFor()
    await expectNoAxeFindings(page)
    const [row] = await database.db.select().from(alertChannels).where(eq(alertChannels.id, channel))
    expect(row?.state).toBe('disabled')
  })

  it('says in words that a link does not work', async () => {
    const page = await openPage(`${gateway.url}/unsubscribe/wrong`, { allows: [/status of 404/] })
    expect(await page.getByRole('heading').textContent()).toBe('This link does not work')
    await expectNoAxeFindings(page)
  })
})
