import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineCommand } from 'citty'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readTree } from '#cli/completion/tree'
import { writeFishScript } from '#cli/completion/fish'
import { writeZshScript } from '#cli/completion/zsh'
import { withExamples, deferCommand } from '#cli/command'
import { type Finished, runHunter } from '../support/run-hunter.ts'

let dir: string
let printed: Finished
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hunter-completion-'))
  await writeFile(join(dir, 'a list.csv'), '')
  printed = await runHunter({}, 'completion', 'bash')
  await writeFile(join(dir, 'bash'), printed.out)
  const tree = await readTree(SMALL)
  await writeFile(join(dir, 'zsh'), writeZshScript(tree))
  await writeFile(join(dir, 'fish'), writeFishScript(tree))
})
afterAll(() => rm(dir, { recursive: true, force: true }))

/** A small command whose texts hold the special characters of a shell. */
const SMALL = defineCommand({
  subCommands: {
    show: deferCommand(`Show what's [there]: "all" of $HOME \\ it`, async () =>
      withExamples(
        {
          args: {
            segment: { type: 'enum', options: ['Cold', 'Migration'], description: "One's [segment]: $(touch x)" },
            file: { type: 'string', valueHint: 'FILE' },
          },
          run: () => undefined,
        },
        [],
      ),
    ),
  },
})

/** What bash offers for the last of the words, as it splits them: `--a=b` is three. */
function offered(...words: string[]): string[] {
  const script = `source ./bash; COMP_WORDS=("$@"); COMP_CWORD=$(( $# - 1 )); _hunter; printf '%s\\n' "\${COMPREPLY[@]}"`
  return execFileSync('bash', ['-c', script, 'bash', 'hunter', ...words], { cwd: dir, encoding: 'utf8' })
    .split('\n')
    .filter((line) => line !== '')
}

it('loads in bash and completes the command hunter', () => {
  expect(printed).toMatchObject({ err: '', status: 0 })
  const out = execFileSync('bash', ['-ec', 'source ./bash; complete -p hunter'], { cwd: dir, encoding: 'utf8' })
  expect(out).toBe('complete -F _hunter hunter\n')
})

it.each<[string[], string[]]>([
  [['ba'], ['backup']],
  [['backup', 'sh'], ['show']],
  [['backup', 'list', '--na'], ['--name']],
  [
    ['leads', 'list', '--segment', ''],
    ['Existing', 'Migration', 'Cold', 'Skip'],
  ],
  [['leads', 'list', '--segment', '=', 'Mig'], ['Migration']],
  [['leads', 'list', '--segment', '=', 'Cold', '--js'], ['--json']],
  [['leads', 'list', '--text', 'backup', '--js'], ['--json']],
  [['scan', '--no-r'], ['--no-registration']],
  [['scan', 'can'], ['cancel']],
  [['help', 'backup', 'ru'], ['run']],
  [
    ['completion', ''],
    ['bash', 'zsh', 'fish'],
  ],
  [['leads', 'import', 'a'], ['a list.csv']],
  [['leads', 'list', '--text', ''], []],
  [['nothing', 'like', 'this', '--zz'], []],
])('completes %j in bash as %j', (words, completions) => {
  expect(offered(...words)).toEqual(completions)
})

const has = (shell: string) => spawnSync(shell, ['-c', 'true']).status === 0

it.skipIf(!has('zsh'))('is a valid zsh script', () => {
  const { status, stderr } = spawnSync('zsh', ['-n', join(dir, 'zsh')], { encoding: 'utf8' })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
})

it.skipIf(!has('fish'))('completes in fish', () => {
  const script = 'source ./fish; complete -C "hunter show --segment=M"; complete -C "hunter help sh"'
  const out = execFileSync('fish', ['-c', script], { cwd: dir, encoding: 'utf8', env: { ...process.env, HOME: dir } })
  expect(out.split('\n')).toEqual([
    "--segment=Migration\tOne's [segment]: $(touch x)",
    `show\tShow what's [there]: "all" of $HOME \\ it`,
    '',
  ])
})
