/** Runs a real Postgres server from npm in one folder: initialises it once, and starts and stops it with the stack. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chown, mkdir, open, readdir, readFile, readlink, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { AppError, getErrorMessage } from '#platform/errors'
import { findPostgres, type PostgresBinaries } from '#emulators/postgres/binaries'
import { type Launcher, createPostgresLauncher } from '#emulators/postgres/launch'
import { findFreePort } from '#emulators/free-port'

export interface PostgresOptions {
  /** Holds `data/`, `password` and `postgres.log`. */
  dir: string
  /** false: no fsync, for disposable data. */
  durable: boolean
  /** Defaults to the server that npm installed for this machine. */
  binaries?: PostgresBinaries
  /** `name=value`, overriding ours. */
  settings?: string[]
  /** Absent: a free port. */
  port?: number
}

export interface PostgresServer {
  /** URL of the superuser and the database `postgres`. */
  url: string
  pid: number
  /** Resolves when the server has stopped, with how it ended. */
  ended: Promise<string>
  /** Fast shutdown: aborts open transactions and loses nothing committed. */
  close(): Promise<void>
}

const USER = 'hunter'
const READY_WITHIN_MS = 30_000
const STOPPED_WITHIN_MS = 15_000

/** Another program may take the port between the check and the server's start. */
const PORTS_TRIED = 3

/** @throws AppError PART_FAILED with the reason that the server's log gives. */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  if (options.port !== undefined) return startAt(options, options.port)
  for (let left = PORTS_TRIED; ; left -= 1) {
    try {
      return await startAt(options, await findFreePort())
    } catch (error) {
      if (left <= 1 || !/could not (?:bind|create any TCP\/IP sockets)/.test(getErrorMessage(error))) throw error
    }
  }
}

async function startAt({ dir, durable, ...options }: PostgresOptions, port: number): Promise<PostgresServer> {
  await mkdir(dir, { recursive: true })
  const dataDir = join(dir, 'data')
  const binaries = options.binaries ?? (await findPostgres())
  const { launch, owner } = await createPostgresLauncher(dataDir)
  if (!(await exists(dataDir))) await initialise({ dir, dataDir, initdb: binaries.initdb, launch, owner })
  await refuseForeignData(dataDir)
  await refuseOtherMajor(dataDir, binaries)
  await waitForPredecessor(dataDir)

  const password = (await readFile(join(dir, 'password'), 'utf8')).trim()
  const log = await open(join(dir, 'postgres.log'), 'a')
  const { size: logStart } = await log.stat()
  const settings = [...serverSettings({ port, durable }), ...(options.settings ?? [])]
  const child = spawn(
    ...launch(binaries.postgres, ['-D', dataDir, ...settings.flatMap((setting) => ['-c', setting])]),
    {
      stdio: ['ignore', log.fd, log.fd],
      detached: true, // Ctrl-C in the terminal must reach only this process, which stops the server last.
    },
  )
  const ended = once(child, 'exit').then(([status, signal]) => `${signal ?? `status ${status}`}`)
  const url = `postgres://${USER}:${password}@127.0.0.1:${port}/postgres`
  try {
    await ready(child, url)
  } catch (cause) {
    child.kill('SIGINT')
    const reason = (await reasonIn(join(dir, 'postgres.log'), logStart)) || getErrorMessage(cause)
    throw new AppError('PART_FAILED', `Postgres did not start: ${reason}`, { cause })
  } finally {
    await log.close()
  }
  return { url, pid: child.pid ?? 0, ended, close: () => stop(child) }
}

/** Works in a new folder and renames it at the end: an interrupted run leaves nothing that looks like data. */
async function initialise(step: {
  dir: string
  dataDir: string
  initdb: string
  launch: Launcher
  owner: { uid: number; gid: number } | undefined
}): Promise<void> {
  const fresh = `${step.dataDir}.new`
  await rm(fresh, { recursive: true, force: true })
  await mkdir(fresh, { mode: 0o700 })
  if (step.owner) await chown(fresh, step.owner.uid, step.owner.gid)
  const passwordFile = join(step.dir, 'password')
  await writeFile(passwordFile, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600 })
  const args = ['-D', fresh, '-U', USER, '--auth=scram-sha-256', `--pwfile=${passwordFile}`, '--encoding=UTF8']
  const child = spawn(...step.launch(step.initdb, [...args, '--locale=C', '--no-sync']), {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let complaint = ''
  child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()))
  const [status] = (await once(child, 'close')) as [number | null]
  if (status !== 0) throw new AppError('PART_FAILED', `initdb failed: ${complaint.trim() || `status ${status}`}`)
  await rename(fresh, step.dataDir)
}

async function refuseForeignData(dataDir: string): Promise<void> {
  const { uid } = await stat(dataDir)
  const self = process.getuid?.() ?? 0
  if (self !== 0 && uid !== self) {
    throw new AppError('PART_FAILED', `${dataDir} belongs to user ${uid}; choose another folder with --data-dir`)
  }
}

/** A server reads only the files of its own major version. */
async function refuseOtherMajor(dataDir: string, { postgres }: PostgresBinaries): Promise<void> {
  const made = (await readFile(join(dataDir, 'PG_VERSION'), 'utf8')).trim()
  const { stdout } = await promisify(execFile)(postgres, ['--version'])
  const own = /(\d+)\.\d+/.exec(stdout)?.[1] ?? ''
  if (made === own) return
  throw new AppError(
    'PART_FAILED',
    `Postgres ${made} made the data in ${dataDir}, and this is Postgres ${own}; choose another folder with --data-dir`,
  )
}

/** After a SIGKILL of the stack its server keeps shutting down for a moment, and owns the folder until then. */
async function waitForPredecessor(dataDir: string): Promise<void> {
  const deadline = Date.now() + STOPPED_WITHIN_MS
  for (;;) {
    const pid = Number((await readFile(join(dataDir, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n')[0])
    if (!pid) return
    if (!(await servesFolder(pid, dataDir))) return forgetReused(pid, dataDir)
    if (Date.now() > deadline) throw new AppError('PART_FAILED', `another Postgres (process ${pid}) uses ${dataDir}`)
    await pause(50)
  }
}

/**
 * Removes a stale postmaster.pid whose process id another process now has: Postgres would wait for that process
 * forever. A file with a free id stays: Postgres uses it to look for sessions that still run.
 */
async function forgetReused(pid: number, dataDir: string): Promise<void> {
  const isReused = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')) !== ''
  if (isReused && !(await hasSessions(dataDir))) await rm(join(dataDir, 'postmaster.pid'), { force: true })
}

/** Every process of a server has its data folder as working directory. */
async function hasSessions(dataDir: string): Promise<boolean> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name))
  const folders = await Promise.all(pids.map((pid) => readlink(`/proc/${pid}/cwd`).catch(() => '')))
  return folders.includes(dataDir)
}

async function servesFolder(pid: number, dataDir: string): Promise<boolean> {
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  return command.split('\0').includes(dataDir)
}

function serverSettings({ port, durable }: { port: number; durable: boolean }): string[] {
  const quick = durable ? [] : ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off']
  return [
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'shared_buffers=64MB',
    'max_connections=100',
    'timezone=UTC',
    'log_timezone=UTC',
    ...quick,
  ]
}

async function ready(child: ChildProcess, url: string): Promise<void> {
  const settled = new AbortController()
  const { signal } = settled
  const ended = once(child, 'exit', { signal }).then(([status]) => {
    throw new Error(`Postgres ended with status ${status}`)
  })
  try {
    await Promise.race([ended, answering(url, signal)])
  } finally {
    settled.abort()
  }
}

async function answering(url: string, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS
  while (!signal.aborted && !(await answers(url))) {
    if (Date.now() > deadline) throw new Error('Postgres did not answer in time')
    await pause(25)
  }
}

async function answers(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000 })
  client.on('error', () => undefined)
  try {
    await client.connect()
    await client.query('select 1')
    return true
  } catch {
    return false
  } finally {
    await client.end().catch(() => undefined)
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGINT')
  const giveUp = setTimeout(() => child.kill('SIGQUIT'), STOPPED_WITHIN_MS)
  await ended
  clearTimeout(giveUp)
}

/** Reads what the server logged from this byte on. */
async function reasonIn(path: string, fromByte: number): Promise<string> {
  const text = await readFile(path).then(
    (bytes) => bytes.subarray(fromByte).toString(),
    (error: unknown) => getErrorMessage(error),
  )
  if (text.includes('No space left on device')) return 'the disk is full'
  const lines = text.trim().split('\n')
  // One line tells why. Remove its time, which would make the same reason a new text at every try.
  const why = lines.findLast((line) => /(?:FATAL|PANIC): /.test(line))?.replace(/^.*?(?:FATAL|PANIC): +/, '')
  return why ?? lines.slice(-3).join(' | ')
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
