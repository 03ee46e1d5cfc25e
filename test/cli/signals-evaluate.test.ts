import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startDnsServer } from '#emulators/dns/server'
import { hunterInProcess } from '../support/run-in-process.ts'

let dns: Awaited<ReturnType<typeof startDnsServer>>
let dir: string
let hunter: ReturnType<typeof hunterInProcess>
beforeAll(async () => {
  dns = await startDnsServer({ forwardTo: [] })
  dir = await mkdtemp(join(tmpdir(), 'hunter-evaluate-'))
  hunter = hunterInProcess({ HUNTER_DATA_DIR: dir })
})
afterAll(async () => {
  await dns.close()
  await rm(dir, { recursive: true, force: true })
})

async function evaluate(csv: string, ...argv: string[]) {
  const file = join(dir, 'labelled.csv')
  await writeFile(file, csv)
  return hunter('signals', 'evaluate', file, '--resolver', dns.address, ...argv)
}

const LABELLED =
  'domain;provider\nhunter-demo-kimya.com.tr;Microsoft 365\ngoogle.com;gmail\nhunter-demo-enerji.com.tr;google\n'

it('measures the verdicts against labels: precision, recall and accuracy', async () => {
  const { status, out } = await evaluate(LABELLED, '--json')
  expect(status).toBe(0)
  expect(JSON.parse(out)).toMatchObject({
    domains: 3,
    accuracy: 0.6667,
    labels: [
      { label: 'google', labelled: 2, found: 1, correct: 1, precision: 1, recall: 0.5 },
      { label: 'microsoft-365', labelled: 1, found: 2, correct: 1, precision: 0.5, recall: 1 },
    ],
  })
})

it('prints a table for people', async () => {
  const { out } = await evaluate(LABELLED)
  expect(out).toMatch(/^3 domains, 66\.7 % as labelled\n/)
  expect(out).toMatch(/google +2 +1 +1 +0 +100\.0 % +50\.0 %/)
})

it('names the line that is no domain with a provider, and a file that is not there', async () => {
  const { status, err } = await evaluate(`${LABELLED}firma.com.tr;nobody\n`)
  expect([status, err]).toEqual([2, expect.stringContaining('line 5')])
  const missing = await hunter('signals', 'evaluate', join(dir, 'missing.csv'))
  expect([missing.status, missing.err]).toEqual([2, expect.stringContaining('missing.csv')])
})
