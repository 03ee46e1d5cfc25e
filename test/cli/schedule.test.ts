/** `backup schedule`: what it prints means to systemd, cron and the shell what was asked for. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { backupCommand } from '#cli/backup'
import { formatCronLine, quoteForSystemd, type Schedule, formatSystemdUnits } from '#cli/backup/schedule-text'
import { takePassword } from '#cli/backup/take-password'
import { runInProcess } from '../support/run-in-process.ts'

const schedule = (...commands: Schedule['commands']): Schedule => {
  return { name: 'shop', commands, at: '03:05', timezone: undefined, envFile: undefined, user: undefined }
}
const MAIN = join(import.meta.dirname, '../../packages/cli/main.ts')
const hunter = (...args: string[]) => runInProcess(backupCommand, ['schedule', ...args])

/** As do_command.c of cron reads the rest of a line: up to a percent sign that no backslash takes the meaning of. */
function readByCron(line: string): string {
  const command = line.split(' ').slice(5).join(' ')
  let read = ''
  let isEscaped = false
  for (const letter of command) {
    if (isEscaped && letter === '%') read = `${read.slice(0, -1)}%`
    else if (!isEscaped && letter === '%') return read
    else read += letter
    isEscaped = !isEscaped && letter === '\\'
  }
  return read
}

const ODD = [
  'a b',
  "it's",
  '100%',
  String.raw`back\slash`,
  String.raw`\%`,
  String.raw`\\%`,
  '$HOME',
  '`id`',
  '"',
  ';',
  '#',
  '&',
  '*',
  'ğü',
]

test('the unit names a password file that this user may not read, without reading it', () => {
  const words = [
    'backup',
    'schedule',
    '--source',
    'sqlite:app.db',
    '--dest',
    'x',
    '--environment-file',
    '/none/shop.env',
  ]
  // needs a process: Node takes some options for its own, wherever they stand
  const out = execFileSync(process.execPath, [MAIN, ...words]).toString()
  expect(out).toContain('\nEnvironmentFile=/none/shop.env\n')
})

describe('a line of crontab', () => {
  test('passes every argument to the command unchanged', () => {
    const line = formatCronLine(schedule(['printf', '%s\\n', ...ODD]))
    const run = readByCron(line).replace(' >/dev/null', '')
    expect(execFileSync('/bin/sh', ['-c', run]).toString()).toBe(ODD.map((word) => `${word}\n`).join(''))
    expect(line).toMatch(/^5 3 \* \* \* umask 077; printf /)
  })

  test('reads the passwords first, and cleans up only after a backup', () => {
    const line = formatCronLine({ ...schedule(['run'], ['cleanup']), envFile: '/etc/hunter/shop.env' })
    expect(line).toBe(
      '5 3 * * * umask 077; set -a; . /etc/hunter/shop.env; set +a; run >/dev/null && cleanup >/dev/null',
    )
  })
})

describe('units of systemd', () => {
  test('quote what begins a specifier, a variable, an escape or a word', () => {
    const quoted = ODD.map(quoteForSystemd)
    expect(quoted.slice(0, 4)).toEqual(['"a b"', `"it's"`, '"100%%"', String.raw`"back\\slash"`])
    expect(quoteForSystemd('$HOME "x"')).toBe(String.raw`"$$HOME \"x\""`)
    expect(quoteForSystemd('/usr/bin/node')).toBe('/usr/bin/node')
  })

  test('catch up on a missed night, in the given time zone', () => {
    const [service, timer] = formatSystemdUnits({ ...schedule(['/bin/run'], ['/bin/cleanup']), timezone: 'Europe/Istanbul', user: 'me', envFile: '/etc/100%' }) // prettier-ignore
    expect(service.path).toBe('/etc/systemd/system/hunter-backup-shop.service')
    expect(service.text).toMatch(
      /User=me\nUMask=0077\nEnvironmentFile=\/etc\/100%%\nExecStart=\/bin\/run\nExecStartPost=\/bin\/cleanup\n/,
    )
    expect(timer.text).toContain('OnCalendar=*-*-* 03:05:00 Europe/Istanbul\nPersistent=true\n')
  })
})

test('no unit and no crontab contains a password, which belongs into a file', async () => {
  const source = 'postgres://me:s3cret@db/shop?sslmode=require'
  for (const as of ['systemd', 'cron']) {
    const { status, out, err } = await hunter(
      '--as',
      as,
      '--source',
      source,
      '--dest',
      'rel',
      '--scratch',
      'postgres://me:s3cret@x/y',
    )
    expect({ status, err }).toEqual({ status: 0, err: '' })
    expect(out).not.toContain('s3cret')
    expect(out).toMatch(/in \/etc\/hunter\/shop\.env \(chmod 600\).*PGPASSWORD and HUNTER_PROOF_SCRATCH_URL must be/)
    expect(out).toContain(`--dest ${process.cwd()}/rel --name shop`)
    expect(out).toContain('postgres://me@db/shop?sslmode=require')
  }
  expect(takePassword('postgres://me@db/shop?password=s3cret')).toEqual({
    text: 'postgres://me@db/shop',
    hadPassword: true,
  })
})

test('paths are absolute, the default name is that of the file, and keep rules add a cleanup', async () => {
  const { out } = await hunter(
    '--source',
    'sqlite:my.db',
    '--dest',
    's3://bucket/x',
    '--keep-daily',
    '7',
    '--user',
    'root',
    '--json',
  )
  const { files, secrets } = JSON.parse(out) as { files: { text: string }[]; secrets: string[] }
  expect(secrets).toEqual([])
  expect(files[0]?.text).toContain(`backup run --source sqlite:${process.cwd()}/my.db --dest s3://bucket/x --name my\n`)
  expect(files[0]?.text).toMatch(
    /ExecStartPost=\S+ \S+main\.ts backup cleanup --from s3:\/\/bucket\/x --name my --keep-daily 7\n/,
  )
  expect(files[0]?.text).not.toContain('User=')
})

test.each([
  [['--at', '25:00'], '--at must be a time such as 03:00'],
  [['--at', '3'], '--at must be a time'],
  [['--timezone', 'Mars/Base'], 'is not a time zone'],
  [['--timezone', '+03:00'], 'is not a time zone'],
  [['--timezone', 'Europe/Istanbul', '--as', 'cron'], "cron has only the machine's time zone"],
  [['--name', '../up'], 'add --name'],
  [['--ping', 'ftp://x'], '--ping must be an http or https URL'],
  [['--user', 'me\nExecStart=/bin/evil'], 'has control characters'],
])('%j is refused', async (args, message) => {
  const refused = await hunter('--source', 'sqlite:my.db', '--dest', 'x', ...args)
  expect(refused).toMatchObject({ status: 2, out: '', err: expect.stringContaining(message) })
})
