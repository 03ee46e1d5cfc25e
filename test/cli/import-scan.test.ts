/** `hunter leads import FILE --scan`, over a real queue, from the file to the ranked list. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { DeleteMessageCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs'
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import { auditLog, rawLeads, scanJobs } from '#db/tables'
import { getDeadLetterUrl, type QueueServer, startQueueServer } from '#emulators/sqs/server'
import { systemClock } from '#platform/clock'
import type { BatchMessage } from '#scans/bulk/batch-message'
import { getJob } from '#scans/bulk/job-progress'
import { processBatch } from '#scans/bulk/process-batch'
import { createFakeDns, googleCompany } from '../support/fake-dns.ts'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { hunterInProcess } from '../support/run-in-process.ts'
import { scanDeps } from '../support/scan-deps.ts'

/** As a Turkish program writes it: title lines, a comma inside a heading, two names in a cell, an e-mail address alone. */
const LIST = `Fuar Katılımcıları 2026

Firma Ünvanı;İnternet Adresi;Kurumsal E-Posta;Şehir;"Ciro, TL"
Şeker Gıda A.Ş.;https://www.seker-gida.com.tr/iletisim;;İzmir;1.250,50
Işık Ltd.;-;info@isik.com.tr;Isparta;
İki Ad;bir.com.tr / iki.com.tr;;Ankara;
Yalnız Kişi;;ayse@gmail.com;Muğla;
Sessiz;sessiz.com.tr;;Adana;
Sosyal;instagram.com/sosyal;;Adana;
`
const LETTERS: Record<string, number> = { Ş: 0xde, ş: 0xfe, İ: 0xdd, ı: 0xfd, ğ: 0xf0, Ğ: 0xd0 }
const IN_1254 = Buffer.from(Array.from(LIST, (letter) => LETTERS[letter] ?? letter.charCodeAt(0)))

let database: HunterDatabase
let server: QueueServer
let queueUrl: string
let dir: string
let hunter: ReturnType<typeof hunterInProcess>
const works: AbortController[] = []
beforeAll(async () => {
  database = await createHunterDatabase()
  server = await startQueueServer({ credentials: { accessKeyId: 'a', secretAccessKey: 's' }, region: 'us-east-1' })
  queueUrl = await server.createQueue('Scans', { visibilitySeconds: 60, maxReceives: 3 })
  dir = await mkdtemp(join(tmpdir(), 'hunter-import-scan-'))
  await writeFile(join(dir, 'list.csv'), IN_1254)
  hunter = hunterInProcess({
    HUNTER_DATABASE_URL: database.url,
    HUNTER_DATA_DIR: dir,
    SST_RESOURCE_App: '{"name":"hunter","stage":"test"}',
    SST_RESOURCE_ScanQueue: JSON.stringify({ url: queueUrl }),
    SST_RESOURCE_ScanQueueDead: JSON.stringify({ url: getDeadLetterUrl(queueUrl) }),
    AWS_ENDPOINT_URL_SQS: server.url,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'a',
    AWS_SECRET_ACCESS_KEY: 's',
  })
})
afterEach(() => {
  for (const work of works.splice(0)) work.abort()
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await server.close()
  await database.close()
  await rm(dir, { recursive: true, force: true })
})

/** Takes batches from the queue and scans them, as the deployed worker does. */
function startWorker(): void {
  const work = new AbortController()
  works.push(work)
  const dns = createFakeDns({ ...googleCompany('seker-gida.com.tr'), ...googleCompany('isik.com.tr') })
  for (const name of ['sessiz.com.tr', '_dmarc.sessiz.com.tr']) dns.zone.set(name, { fails: 'SERVFAIL' })
  const deps = scanDeps(database.db, dns, { clock: systemClock })
  const run = async () => {
    while (!work.signal.aborted) {
      const { Messages = [] } = await server.client.send(new ReceiveMessageCommand({ QueueUrl: queueUrl }))
      for (const { Body = '', ReceiptHandle } of Messages) {
        await processBatch(deps, { ...(JSON.parse(Body) as BatchMessage), lastTry: true })
        await server.client.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle }))
      }
      await pause(20)
    }
  }
  run().catch((error: unknown) => {
    if (!work.signal.aborted) throw error
  })
}

const importList = (...args: string[]) => hunter('leads', 'import', join(dir, 'list.csv'), ...args)

it('goes from a list to a ranked list, says what failed and why, and names the command that exports exactly it', async () => {
  await hunter('leads', 'import', await save('other.csv', 'domain\nbaska.com.tr\n'))
  startWorker()
  const { status, out, err } = await importList('--scan')
  expect([status, err]).toEqual([0, ''])
  const lines = out.split('\n')
  expect(lines.slice(0, 3)).toEqual([
    'Recognised CSV in windows-1254, cells separated by ";", header in line 3',
    'Columns: domain "İnternet Adresi", e-mail "Kurumsal E-Posta", company "Firma Ünvanı"',
    'Imported 3 of 6 rows, 3 companies.',
  ])
  expect(out).toContain('Scanned 2 of 3 companies; 1 failed.')
  expect(out).toMatch(/^sessiz\.com\.tr +no name server answered/m)
  expect(out).toMatch(/^domain +company +segment +priority +score/m)
  const ranked = lines.filter((line) => /^(?:seker-gida|isik)\.com\.tr +(?:Şeker Gıda A\.Ş\.|Işık Ltd\.) /.test(line))
  expect(ranked).toHaveLength(2)
  const command = /^Export this list: npx hunter (leads export) leads\.xlsx (--import-id [0-9a-f-]{36})$/m.exec(out)
  const exported = await hunter(
    ...`${command?.[1]} ${command?.[2]} --columns domain,company,email_domain,fields`.split(' '),
  )
  expect(exported.out.replace('\uFEFF', '').trimEnd().split('\r\n').toSorted()).toEqual([
    'Domain,Company,"E-mail domain",Şehir,"Ciro, TL"',
    'isik.com.tr,"Işık Ltd.",isik.com.tr,Isparta,',
    'seker-gida.com.tr,"Şeker Gıda A.Ş.",,İzmir,"1.250,50"',
  ])
  const [created] = (await database.db.select().from(auditLog)).filter(({ action }) => action === 'scan_job.created')
  expect(created?.actor).toMatch(/^cli \S+@\S+$/)
})

it('prints the same as one JSON document', async () => {
  startWorker()
  const { status, out } = await importList('--scan', '--json')
  expect(status).toBe(0)
  expect(JSON.parse(out)).toMatchObject({
    import_id: expect.any(String),
    accepted: 3,
    dry_run: false,
    scan: {
      ended: true,
      total: 3,
      done: 2,
      failed: 1,
      failures: [{ input: 'sessiz.com.tr' }],
      ranked: { leads: [{ company: expect.any(String) }, {}], next_cursor: null },
    },
    export: expect.stringContaining('--import-id'),
  })
})

it('leaves the scan running on Ctrl-C, says how to look, and waits for it again when asked to', async () => {
  const ended = importList('--scan')
  await expect.poll(() => database.db.select().from(scanJobs)).toHaveLength(3)
  await expect.poll(() => process.listenerCount('SIGINT')).toBeGreaterThan(0)
  process.emit('SIGINT')
  const { status, out } = await ended
  expect(status).toBe(130)
  expect(out).toContain('The scan goes on without this command. Scanned so far: 0 of 3 companies.')
  const [, job = ''] = /npx hunter scan wait (\S+)/.exec(out) ?? []
  expect((await getJob(database.db, job)).domains.pending).toBe(3)
  expect(out).toContain(`npx hunter scan cancel ${job}`)
  startWorker()
  const waited = await hunter('scan', 'wait', job)
  expect([waited.status, waited.out]).toEqual([0, expect.stringContaining('Scanned 2 of 3 companies; 1 failed.')])
  expect(JSON.parse((await hunter('scan', 'wait', job, '--json')).out)).toMatchObject({ ended: true, failed: 1 })
})

it('stores nothing when a dry run is to scan, and scans nothing of a list without a company', async () => {
  const rows = async () => (await database.db.select().from(rawLeads)).length
  const before = await rows()
  expect(await importList('--scan', '--dry-run')).toMatchObject({
    status: 2,
    err: expect.stringContaining('--scan cannot be combined with --dry-run'),
  })
  expect(await rows()).toBe(before)
  const none = await hunter('leads', 'import', await save('none.csv', 'E-posta\na@gmail.com\n'), '--scan')
  expect(none).toMatchObject({ status: 0, out: expect.stringContaining('Imported 0 of 1 row, 0 companies.') })
  expect(await database.db.select().from(scanJobs)).toHaveLength(3)
})

async function save(name: string, text: string): Promise<string> {
  await writeFile(join(dir, name), text)
  return join(dir, name)
}
