import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type ReceivedMessage, startInbox } from '#emulators/inbox/server'
import { readMarks } from '#alerts/digest/read-facts'
import { alertChannels } from '#db/tables'
import { keepChanges, keepMove, sampleChange } from '../support/alert-channels.ts'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { hunterInProcess } from '../support/run-in-process.ts'
import { sampleLead } from '../support/sample-lead.ts'

let database: HunterDatabase
let dir: string
let inbox: Awaited<ReturnType<typeof startInbox>>
let alerts: (...args: string[]) => ReturnType<ReturnType<typeof hunterInProcess>>
const received: ReceivedMessage[] = []
beforeAll(async () => {
  database = await createHunterDatabase()
  inbox = await startInbox((message) => received.push(message))
  dir = await mkdtemp(join(tmpdir(), 'hunter-alerts-'))
  const hunter = hunterInProcess({
    HUNTER_DATABASE_URL: database.url,
    HUNTER_DATA_DIR: dir,
    HUNTER_ALERT_HOSTS: `${new URL(inbox.url).host},127.0.0.1:1`,
    SST_RESOURCE_KeyPepper: JSON.stringify({ value: 'pepper' }),
  })
  alerts = (...args) => hunter('alerts', ...args)
})
afterAll(async () => {
  await inbox.close()
  await database.close()
  await rm(dir, { recursive: true, force: true })
})

it('adds a channel, tests it, lists it without its address, and shows what waits for it', async () => {
  expect((await alerts('channels')).out).toContain('No channels yet')
  const address = `${inbox.url}/slack/very-secret`
  const options = ['--kind', 'slack', '--address', address, '--types', 'dmarc_removed,mx_changed', '--digest-hour', '8']
  const id = (await alerts('add', 'Sales', ...options)).out.split('\n')[0] ?? ''
  expect(await alerts('test', id)).toMatchObject({ status: 0, out: 'Sent a test to Sales, which is active.\n' })
  expect(received).toMatchObject([{ kind: 'slack', body: { text: 'Hunter deneme mesajı: bu kanal çalışıyor.' } }])
  const listed = await alerts('channels')
  expect(listed.out).toMatch(/Sales +slack +\S+…cret +dmarc_removed, mx_changed +08:00 Europe\/Istanbul +active/)
  expect(listed.out + (await alerts('channels', '--json')).out).not.toContain('very-')
  await keepChanges(database.db, sampleLead(), [sampleChange()])
  expect((await alerts('log', id)).out).toMatch(/dmarc_removed +firma\.com\.tr +waiting +0 +- +- +2026-11-20 00:00 UTC/)
})

it('shows the digest that a channel would get now, as text and as the HTML of a mail', async () => {
  const options = ['--kind', 'slack', '--address', `${inbox.url}/slack/digest`, '--digest-hour', '8', '--json']
  const { id } = JSON.parse((await alerts('add', 'Digest', ...options)).out) as { id: string }
  expect((await alerts('digest', id)).out).toContain('The channel is unverified: it gets digests once a test')
  await alerts('test', id)
  expect((await alerts('digest', id)).out).toMatch(/The next digest is due at .+ Hunter would not send this one/)
  const digestMarks = await readMarks(database.db)
  await database.db.update(alertChannels).set({ digestFrom: new Date(0), digestMarks })
  await keepMove(database.db, sampleLead({ domain: 'tasindi.com.tr', at: new Date().toISOString() }))
  const file = join(dir, 'digest.html')
  const shown = (await alerts('digest', id, '--html', file)).out
  expect(shown).toMatch(/^Hunter, .+: 1 taşınma, 1 yeni Migration adayı\n/)
  expect(shown).toContain('- tasindi.com.tr: posta kutuları taşındı: Google Workspace → Microsoft 365')
  expect(await readFile(file, 'utf8')).toContain('<html lang="tr">')
  expect(await alerts('digest', 'nothing')).toMatchObject({ status: 4 })
})

it('edits a channel by its name, and says which ones a name means', async () => {
  const add = ['--kind', 'email', '--address', 'ekip@firma.com.tr', '--types', 'mx_changed']
  await alerts('add', 'Ekip', ...add)
  expect(await alerts('edit', 'Ekip', '--types', 'all', '--priority-max', '2', '--digest-hour', '8')).toMatchObject({
    status: 0,
    out: expect.stringMatching(/^Changed \S+ \(Ekip\)\n/),
  })
  expect((await alerts('channels')).out).toMatch(/Ekip +email +ekip@firma\.com\.tr +priority 1–2 +08:00/)
  const moved = await alerts('edit', 'Ekip', '--address', 'satis@firma.com.tr', '--digest-hour', 'none')
  expect(moved.out).toContain('Send a test, which also makes it active')
  expect(await alerts('edit', 'Ekip', '--digest-hour', 'eight')).toMatchObject({ status: 2 })
  await alerts('add', 'Ekip', ...add)
  expect(await alerts('edit', 'Ekip', '--lang', 'en')).toMatchObject({
    status: 5,
    err: expect.stringMatching(/CHANNEL_AMBIGUOUS: 2 channels have the name Ekip: [0-9a-f-]{36}, [0-9a-f-]{36}\n/),
  })
})

it('ends with a status of its own, and says why, when a test does not arrive', async () => {
  const added = await alerts('add', 'Down', '--kind', 'webhook', '--address', 'http://127.0.0.1:1/', '--json')
  const { id } = JSON.parse(added.out) as { id: string }
  expect(await alerts('test', id)).toMatchObject({
    status: 6,
    out: 'Not sent to Down: The connection failed (ECONNREFUSED).\n',
  })
  expect(JSON.parse((await alerts('test', id, '--json')).out)).toMatchObject({ outcome: { kind: 'failed' } })
})

it.each([
  [['add', 'x', '--kind', 'slack', '--address', 'https://10.0.0.1/'], 2, 'must lead to the public internet'],
  [['add', 'x', '--kind', 'pager', '--address', 'https://a.test/'], 2, '--kind must be one of'],
  [
    ['add', 'x', '--kind', 'slack', '--address', 'https://a.test/', '--digest-hour', 'eight'],
    2,
    '--digest-hour must be',
  ],
  [['add', 'x', '--kind', 'slack', '--address', 'https://a.test/', '--types', 'none'], 2, '--types must be a list of'],
  [['test', 'x'], 4, 'CHANNEL_NOT_FOUND'],
  [['log', 'x'], 4, 'CHANNEL_NOT_FOUND'],
  [['resend', 'x'], 4, 'DELIVERY_NOT_FOUND'],
])('says what is wrong with %j', async (args, status, problem) => {
  expect(await alerts(...args)).toMatchObject({ status, err: expect.stringContaining(problem) })
})
