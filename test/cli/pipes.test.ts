import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startDnsServer } from '#emulators/dns/server'
import { MAIN, runHunter } from '../support/run-hunter.ts'

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hunter-pipes-'))
})
afterAll(() => rm(dir, { recursive: true, force: true }))

let piped = 0

/**
 * `hunter … | reader` in a shell, with an input that is never closed; answers the status of hunter, what the reader let
 * through, and what hunter complained of.
 */
async function pipe(reader: string, argv: string[], input = '') {
  const [statusFile, errFile] = [join(dir, `status-${(piped += 1)}`), join(dir, `err-${piped}`)]
  const script = `{ "$@" 2>"$ERR_FILE"; echo $? >"$STATUS_FILE"; } | ${reader}`
  const env = { PATH: process.env['PATH'] ?? '', NO_COLOR: '1', HUNTER_PROGRESS: 'off', HUNTER_DATA_DIR: dir }
  const out = await new Promise<string>((resolve, reject) => {
    const shell = execFile(
      'sh',
      ['-c', script, 'sh', process.execPath, MAIN, ...argv],
      { env: { ...env, STATUS_FILE: statusFile, ERR_FILE: errFile } },
      (error, stdout) => (error ? reject(error) : resolve(stdout)),
    )
    shell.stdin?.on('error', () => undefined) // hunter may leave before all is read
    shell.stdin?.write(input)
  })
  const [status, err] = await Promise.all([readFile(statusFile, 'utf8'), readFile(errFile, 'utf8')])
  return { out, status: Number(status), err }
}

/** Reads nothing: its end of the pipe is closed before anything can be written. */
const NOBODY = 'true'

it('prints nothing when the reader has closed the pipe', async () => {
  const { status, err } = await pipe(NOBODY, ['scan', '--help'])
  expect({ status, err }).toEqual({ status: 0, err: '' })
})

it('keeps the status and message of a failure after the reader closed the pipe', async () => {
  const { status, err } = await pipe(NOBODY, ['scan', 'firma.com.tr', '--lang', 'xx'])
  expect(status).toBe(2)
  expect(err).toMatch(/^USAGE: /)
})

it('ends a list of scans when the reader closes the pipe', async () => {
  const dns = await startDnsServer({ forwardTo: [] })
  const scan = ['scan', '--file', '-', '--json', '--no-registration', '--resolver', dns.address]
  const { out, status, err } = await pipe('head -1', scan, 'hunter-demo-kargo.com.tr\n'.repeat(1_000))
  await dns.close()
  expect(JSON.parse(out)).toMatchObject({ domain: 'hunter-demo-kargo.com.tr' })
  expect({ status, err }).toEqual({ status: 0, err: '' })
})

it('completes a backup whose output has no reader', async () => {
  const [file, dest] = [join(dir, 'app.db'), join(dir, 'backups')]
  const app = new DatabaseSync(file)
  app.exec("create table lead (id integer primary key, name text); insert into lead values (1, 'Ağ')")
  app.close()
  const { status, err } = await pipe(NOBODY, ['backup', 'run', '--source', `sqlite:${file}`, '--dest', dest])
  expect({ status, err }).toEqual({ status: 0, err: '' })
  const { out } = await runHunter({ HUNTER_DATA_DIR: dir }, 'backup', 'list', '--from', dest, '--json')
  const [backup] = JSON.parse(out) as Record<string, unknown>[]
  expect(backup).toMatchObject({ state: 'verified' })
})
