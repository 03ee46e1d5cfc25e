import { defineCommand } from 'citty'
import { afterEach, expect, it, vi } from 'vitest'
import { AppError } from '#platform/errors'
import { withExamples, deferCommand, listSubCommands } from '#cli/command'
import { rootCommand } from '#cli/root'
import { runCli } from '#cli/run'
import { suggest } from '#cli/suggest'
import { measureWidth } from '#cli/text-width'
import { formatTime } from '#cli/time-text'

const listCommand = withExamples(
  {
    args: {
      json: { type: 'boolean' },
      limit: { type: 'string', alias: ['n', 'most'], description: 'How many' },
      segment: { type: 'enum', options: ['Cold', 'Skip'], description: 'Only this segment' },
    },
    run: ({ args }) => {
      if (args.limit === 'x') throw new AppError('LEAD_NOT_FOUND', 'no such lead', { cause: 'secret' })
      if (args.limit === 'y') throw new TypeError('undefined is not a function')
      if (args.limit === 'z') throw new AppError('LEAD_NOT_FOUND', formatTime('2026-11-29T13:23:00Z'))
    },
  },
  ['hunter leads list --json'],
)
let loads = 0
const load = async () => {
  loads += 1
  return listCommand
}
const leads = defineCommand({
  subCommands: { list: deferCommand('List leads', load), show: deferCommand('Show a lead', load) },
})
const root = defineCommand({
  meta: { version: '1.2.3', description: 'A test' },
  subCommands: { leads: deferCommand('All about leads', async () => leads) },
})

afterEach(() => vi.unstubAllEnvs())

/** As if standard output were a terminal, whatever it is here. */
async function onTerminal<T>(work: () => Promise<T>): Promise<T> {
  const { stdout } = process
  const isTTY = Object.getOwnPropertyDescriptor(stdout, 'isTTY')
  Object.defineProperty(stdout, 'isTTY', { value: true, configurable: true })
  try {
    return await work()
  } finally {
    Object.defineProperty(stdout, 'isTTY', isTTY ?? { value: undefined, configurable: true })
  }
}

async function run(...argv: string[]): Promise<{ status: number; out: string; err: string }> {
  let out = ''
  let err = ''
  const status = await runCli(root, argv, { out: (text) => (out += text), err: (text) => (err += text) })
  return { status, out, err }
}

it('answers each kind of failure with its own exit status, its code and what to do', async () => {
  expect(await run('leads', 'list', '--limit', 'x')).toMatchObject({
    status: 4,
    err: 'LEAD_NOT_FOUND: no such lead\nScan the domain first; "hunter leads list" shows the scanned ones.',
  })
})

it('shows no stack trace for an unforeseen error', async () => {
  const { status, err } = await run('leads', 'list', '--limit', 'y')
  expect(status).toBe(1)
  expect(err).toMatch(/^INTERNAL: /)
  expect(err).not.toMatch(/\n\s+at /)
})

it('answers errors as one JSON object with --json', async () => {
  const { err } = await run('leads', 'list', '--json', '-n', 'x')
  expect(JSON.parse(err)).toMatchObject({ error: { code: 'LEAD_NOT_FOUND', message: 'no such lead' } })
})

it.each([
  [['leads', 'list', '--limti', '3'], 'unknown option --limti; did you mean --limit?'],
  [['leads', 'list', '--segmnt=Cold'], 'unknown option --segmnt=Cold; did you mean --segment?'],
  [['leads', 'list', '--jsn'], 'unknown option --jsn; did you mean --json?'],
  [['leads', 'list', '--frobnicate'], 'unknown option --frobnicate\n'],
  [['leads', 'list', '--no-limit', '3'], 'unknown option --no-limit; did you mean --limit?'],
  [['leads', 'list', '--limit'], '--limit needs a value'],
  [['leads', 'list', '--segment', 'Warm'], '--segment must be one of Cold, Skip, not "Warm"'],
  [['leads', 'list', '--limit', '3', 'more'], 'unexpected word: more'],
  [['leads', 'lits'], 'unknown command lits; did you mean "hunter leads list"?'],
  [['leads', 'lits', '--help'], 'unknown command lits; did you mean "hunter leads list"?'],
  [['ledas'], 'unknown command ledas; did you mean "hunter leads"?'],
  [['help', 'leads', 'shwo'], 'unknown command shwo; did you mean "hunter leads show"?'],
  [['hlep'], 'unknown command hlep; did you mean "hunter help"?'],
  [['constructor'], 'unknown command constructor\n'],
  [['--utc'], 'no command was given'],
  [[], 'no command was given'],
])('refuses %j as wrong usage, with a suggestion', async (argv, message) => {
  const { status, err } = await run(...argv)
  expect(status).toBe(2)
  expect(`${err}\n`).toContain(`USAGE: ${message}`)
})

it.each([
  ['bakup', 'backup'],
  ['lst', 'list'],
  ['restroe', 'restore'],
  ['Verify', 'verify'],
  ['x', undefined],
  ['unrelated', undefined],
  ['b'.repeat(100_000), undefined],
])('reads %s as %s', (word, meant) => {
  expect(suggest(word, ['backup', 'db', 'list', 'restore', 'verify'])).toBe(meant)
})

it('shows the other spelling of an option as it must be typed', async () => {
  expect((await run('leads', 'list', '--help')).out).toMatch(/ -n, --most, --limit=/)
})

it('shows the same help for "help COMMAND" and "COMMAND --help", and loads no file below it', async () => {
  loads = 0
  const help = await run('help', 'leads')
  expect(help).toEqual(await run('leads', '--help'))
  expect(help).toMatchObject({ status: 0, err: '' })
  expect(help.out).toMatch(/^ {2}list +List leads$/m)
  expect(await run('help')).toEqual(await run('--help'))
  expect(loads).toBe(0)
})

it('has a description of every command without loading its file', async () => {
  const groups = (await listSubCommands(rootCommand)).filter(({ name }) => !['dev', 'demo', 'scan'].includes(name))
  const below = await Promise.all(groups.map(async ({ load }) => listSubCommands(await load())))
  expect(below.flat().length).toBeGreaterThan(30)
  const undescribed = [...groups, ...below.flat()].filter(({ description }) => description === '')
  expect(undescribed.map(({ name }) => name)).toEqual([])
})

it('shows help with examples for a command and the exit statuses for the whole', async () => {
  const list = await run('leads', 'list', '--help')
  expect(list).toMatchObject({ status: 0 })
  expect(list.out).toMatch(/^List leads\n/)
  expect(list.out).toContain('hunter leads list --json')
  expect((await run('--help')).out).toContain('EXIT STATUS')
})

it.each([['--version'], ['-v']])('prints the version for %s', async (option) => {
  expect(await run(option)).toEqual({ status: 0, out: 'hunter 1.2.3', err: '' })
})

it('accepts --utc with every command', async () => {
  expect(await run('leads', 'list', '--utc', '-n', 'z')).toMatchObject({
    status: 4,
    err: expect.stringContaining('2026-11-29 13:23 UTC'),
  })
})

it.each([40, 80])('wraps help to a terminal of %i columns', async (columns) => {
  vi.stubEnv('COLUMNS', String(columns))
  const { out } = await onTerminal(() => run('--help'))
  const prose = out.split('\n').filter((line) => !line.includes('USAGE'))
  expect(Math.max(...prose.map(measureWidth))).toBeLessThanOrEqual(columns)
})
