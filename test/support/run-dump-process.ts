import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { DumpProcessInput } from './faulty-dump-process.ts'
import { QUICK_WASM } from './quick-wasm.ts'

const PROCESS = join(import.meta.dirname, 'faulty-dump-process.ts')

interface DumpProcessRun {
  /** undefined unless it was killed. */
  signal: NodeJS.Signals | null
  ranMs: number
  /** Id of the backup that it made. */
  id: string | undefined
  failure: string | undefined
  maxRssMib: number
}

interface RunOptions {
  killAfterMs?: number
  /** None of its files may grow beyond that: for a program the same as a full disk. */
  fileBytesMax?: number
}

/** Runs a backup in a process of its own, which kills itself or is killed, unless it ended before. */
export async function runDumpProcess(
  input: DumpProcessInput,
  { killAfterMs, fileBytesMax }: RunOptions = {},
): Promise<DumpProcessRun> {
  const node = [process.execPath, ...QUICK_WASM, PROCESS] as const
  const [command, ...args] =
    fileBytesMax === undefined ? node : (['prlimit', `--fsize=${fileBytesMax}`, ...node] as const)
  const child = spawn(command, args, {
    env: {
      PATH: process.env['PATH'],
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
      HUNTER_TEST_INPUT: JSON.stringify(input),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exit = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>
  const lines: string[] = []
  const out = createInterface({ input: child.stdout }).on('line', (line) => lines.push(line))
  await Promise.race([once(out, 'line'), exit])
  const begunAt = performance.now()
  const timer = killAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfterMs)
  const [, signal] = await exit
  clearTimeout(timer)
  const [, said = '', maxRss] = lines
  const isId = /^\d{8}T\d{6}Z-[0-9a-f]{6}$/.test(said)
  return {
    signal,
    ranMs: performance.now() - begunAt,
    id: isId ? said : undefined,
    failure: isId ? undefined : said,
    maxRssMib: Number(maxRss),
  }
}
