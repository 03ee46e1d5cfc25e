/**
 * A Ceph with an S3 gateway on this machine: one monitor, one object store in memory, one gateway, all on loopback and
 * all children of this process. Its day is as long as the caller says, so objects expire while a test waits.
 * Debian: ceph-mon ceph-osd radosgw ceph-common.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { access, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface Ceph {
  endpoint: string
  credentials: { accessKeyId: string; secretAccessKey: string }
  close(): Promise<void>
}

const PROGRAMS = ['ceph-mon', 'ceph-osd', 'radosgw', 'radosgw-admin', 'ceph', 'ceph-authtool', 'monmaptool']
const CREDENTIALS = { accessKeyId: 'lifecycle', secretAccessKey: 'lifecycle-secret' }

/** The first program that is not installed. */
export async function missingProgram(): Promise<string | undefined> {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  for (const program of PROGRAMS) {
    const found = await Promise.allSettled(folders.map((folder) => access(join(folder, program))))
    if (!found.some(({ status }) => status === 'fulfilled')) return program
  }
  return undefined
}

export async function startCeph({ daySeconds }: { daySeconds: number }): Promise<Ceph> {
  const dir = await mkdtemp(join(tmpdir(), 'hunter-ceph-')) // short: the paths of sockets have 107 bytes
  const [monPort, s3Port] = [await freePort(), await freePort()]
  const endpoint = `http://127.0.0.1:${s3Port}`
  const daemons: ChildProcess[] = []
  const close = async () => {
    await Promise.all(daemons.map(end))
    await rm(dir, { recursive: true, force: true })
  }
  try {
    await writeFile(join(dir, 'ceph.conf'), configuration({ dir, monPort, s3Port, daySeconds }))
    await startDaemons(dir, monPort, daemons)
    await until(() => fetch(endpoint).then(() => true))
    const { accessKeyId, secretAccessKey } = CREDENTIALS
    const user = ['user', 'create', '--uid', 'hunter', '--display-name', 'hunter']
    const keys = ['--access-key', accessKeyId, '--secret-key', secretAccessKey]
    await inDir(dir, 'radosgw-admin', '-n', 'client.rgw.a', ...user, ...keys)
    return { endpoint, credentials: CREDENTIALS, close }
  } catch (error) {
    const logs = await Promise.all(['mon.a', 'osd.0', 'client.rgw.a'].map((name) => tailOf(join(dir, `${name}.log`))))
    await close()
    throw new Error(`Ceph did not start:\n${logs.join('\n')}`, { cause: error })
  }
}

async function startDaemons(dir: string, monPort: number, daemons: ChildProcess[]): Promise<void> {
  const start = (program: string, ...args: string[]) => daemons.push(spawnIn(dir, program, ...args))
  const [fsid, osd] = [randomUUID(), randomUUID()]
  for (const name of ['mon', 'osd', 'rgw']) await mkdir(join(dir, name))
  const monmap = ['--create', '--fsid', fsid, '--addv', 'a', `[v2:127.0.0.1:${monPort}]`, 'monmap']
  await inDir(dir, 'monmaptool', ...monmap)
  await inDir(dir, 'ceph-authtool', '-C', 'mon.keyring', '--gen-key', '-n', 'mon.', '--cap', 'mon', 'allow *')
  const everything = ['mon', 'osd', 'mgr'].flatMap((service) => ['--cap', service, 'allow *'])
  await inDir(dir, 'ceph-authtool', '-C', 'admin.keyring', '--gen-key', '-n', 'client.admin', ...everything)
  await inDir(dir, 'ceph-authtool', 'mon.keyring', '--import-keyring', 'admin.keyring')
  await inDir(dir, 'ceph-mon', '--mkfs', '-i', 'a', '--fsid', fsid, '--monmap', 'monmap', '--keyring', 'mon.keyring')
  start('ceph-mon', '-f', '-i', 'a')

  await inDir(dir, 'ceph', 'osd', 'new', osd)
  await newKey(dir, 'osd.0', 'osd/keyring', ['mon', 'allow profile osd', 'osd', 'allow *'])
  await inDir(dir, 'ceph-osd', '-i', '0', '--mkfs', '--osd-uuid', osd)
  start('ceph-osd', '-f', '-i', '0')
  await newKey(dir, 'client.rgw.a', 'rgw/keyring', ['mon', 'allow rw', 'osd', 'allow rwx'])
  start('radosgw', '-f', '-n', 'client.rgw.a')
}

const newKey = (dir: string, name: string, file: string, rights: string[]) =>
  inDir(dir, 'ceph', 'auth', 'get-or-create', name, ...rights, '-o', file)

function configuration(at: { dir: string; monPort: number; s3Port: number; daySeconds: number }): string {
  const { dir, monPort, s3Port, daySeconds } = at
  return `[global]
mon host = v2:127.0.0.1:${monPort}
public addr = 127.0.0.1
cluster addr = 127.0.0.1
keyring = ${dir}/admin.keyring
auth allow insecure global id reclaim = true
mon allow pool size one = true
mon data avail crit = 1
mon max pg per osd = 1000
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
log file = ${dir}/$name.log
admin socket = ${dir}/$name.asok
run dir = ${dir}
setuser match path = ${dir}/nobody
[mon.a]
keyring = ${dir}/mon.keyring
mon data = ${dir}/mon
[osd.0]
keyring = ${dir}/osd/keyring
osd data = ${dir}/osd
osd objectstore = memstore
memstore device bytes = 536870912
[client.rgw.a]
keyring = ${dir}/rgw/keyring
rgw data = ${dir}/rgw
rgw frontends = beast endpoint=127.0.0.1:${s3Port}
rgw lc debug interval = ${daySeconds}
rgw thread pool size = 8
`
}

function envOf(dir: string): NodeJS.ProcessEnv {
  return { ...process.env, CEPH_CONF: join(dir, 'ceph.conf') }
}

function spawnIn(dir: string, program: string, ...args: string[]): ChildProcess {
  return spawn(program, args, { cwd: dir, env: envOf(dir), stdio: 'ignore' })
}

async function inDir(dir: string, program: string, ...args: string[]): Promise<void> {
  await run(program, args, { cwd: dir, env: envOf(dir), timeout: 60_000 })
}

/** Kills a daemon. Its data are thrown away, so it needs no orderly shutdown. */
async function end(daemon: ChildProcess): Promise<void> {
  if (daemon.exitCode !== null || daemon.signalCode !== null || daemon.pid === undefined) return
  const ended = once(daemon, 'exit')
  daemon.kill('SIGKILL')
  await ended
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000
  for (;;) {
    if (await isSo().catch(() => false)) return
    if (Date.now() > deadline) throw new Error('the gateway does not answer')
    await pause(100)
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function tailOf(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch(() => '')
  return text.split('\n').slice(-8).join('\n')
}
