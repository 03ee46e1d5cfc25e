import { expect, it } from 'vitest'
import { AppError } from '#platform/errors'
import { command } from '#cli/command'
import { runCli } from '#cli/run'

const root = command(
  {
    meta: { name: 'hunter', description: 'A test' },
    subCommands: {
      leads: command(
        {
          meta: { description: 'Leads' },
          subCommands: {
            list: command(
              {
                meta: { description: 'List leads' },
                args: { json: { type: 'boolean' }, limit: { type: 'string', alias: ['n', 'most'] } },
                run: ({ args }) => {
                  if (args.limit === 'x') throw new AppError('LEAD_NOT_FOUND', 'no such lead', { cause: 'secret' })
                  if (args.limit === 'y') throw new TypeError('undefined is not a function')
                },
              },
              ['hunter leads list --json'],
            ),
          },
        },
        [],
      ),
    },
  },
  [],
)

async function run(...argv: string[]): Promise<{ status: number; out: string; err: string }> {
  let out = ''
  let err = ''
  const status = await runCli(root, argv, { out: (text) => (out += text), err: (text) => (err += text) })
  return { status, out, err }
}

it('answers each kind of failure with its own exit status, its code and what to do', async () => {
  expect(await run('leads', 'list', '--limit', 'x')).toMatchObject({
    status: 4,
    err: 'LEAD_NOT_FOUND: no such lead\nScan the domain first; "hunter leads list" shows which ones have been.',
  })
})

it('shows no stack trace for an error that nobody foresaw', async () => {
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
  [['leads', 'list', '--limti', '3'], 'there is no option --limti'],
  [['leads', 'lits'], 'there is no command lits'],
  [['leads', 'list', '--limit', '3', 'more'], 'there is one word too many: more'],
  [['ledas'], 'there is no command ledas'],
  [[], 'no command was given'],
])('refuses %j as wrong usage', async (argv, message) => {
  const { status, err } = await run(...argv)
  expect(status).toBe(2)
  expect(err).toContain(`USAGE: ${message}`)
})

it('shows another name of an option as it has to be written', async () => {
  expect((await run('leads', 'list', '--help')).out).toMatch(/ -n, --most, --limit=/)
})

it('shows help with examples for a command and the exit statuses for the whole', async () => {
  const list = await run('leads', 'list', '--help')
  expect(list).toMatchObject({ status: 0 })
  expect(list.out).toContain('hunter leads list --json')
  expect((await run('--help')).out).toContain('EXIT STATUS')
})
