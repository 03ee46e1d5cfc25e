import { once } from 'node:events'
import { mkdir, mkdtemp, open, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { get as getSecurely, createServer as createSecureServer } from 'node:https'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { AppError } from '#platform/errors'
import { explainSystemError } from '#platform/system-error'

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hunter-system-'))
  await writeFile(join(dir, 'file'), 'x')
  await symlink(join(dir, 'loop'), join(dir, 'loop'))
})
afterAll(() => rm(dir, { recursive: true, force: true }))

const failureOf = async (work: Promise<unknown>): Promise<unknown> => {
  try {
    await work
  } catch (thrown) {
    return thrown
  }
  throw new Error('it did not fail')
}
const explained = async (work: Promise<unknown>) => {
  const error = explainSystemError(await failureOf(work))
  return error && `${error.code}: ${error.message.replace(dir, 'DIR')}`
}

it('names the file and what is wrong with it', async () => {
  const at = (name: string) => join(dir, name)
  expect(await explained(readFile(at('none')))).toBe(
    'FILE_UNUSABLE: DIR/none cannot be used: there is no such file or folder',
  )
  expect(await explained(open(at('file/below')))).toBe(
    'FILE_UNUSABLE: DIR/file/below cannot be used: it is not a folder',
  )
  expect(await explained(readdir(at('file')))).toBe('FILE_UNUSABLE: DIR/file cannot be used: it is not a folder')
  expect(await explained(mkdir(at('file')))).toBe('FILE_UNUSABLE: DIR/file cannot be used: it already exists')
  expect(await explained(readFile(at('loop')))).toContain('its symbolic links lead in a circle')
  expect(await explained(open(at('x'.repeat(300))))).toContain('its name is too long')
  // the system does not say which file it read
  expect(explainSystemError(await failureOf(readFile(dir)), 'companies.csv')?.message).toBe(
    'companies.csv cannot be used: it is a folder',
  )
})

it('names the host that cannot be reached, also behind fetch', async () => {
  const closed = createServer().listen(0, '127.0.0.1')
  await once(closed, 'listening')
  const { port } = closed.address() as AddressInfo
  closed.close()
  await once(closed, 'close')
  const message = `HOST_UNREACHABLE: 127.0.0.1:${port} cannot be reached: connection refused`
  expect(await explained(once(connect(port, '127.0.0.1'), 'connect'))).toBe(message)
  expect(await explained(fetch(`http://127.0.0.1:${port}/`))).toBe(message)
  const both = new AggregateError([await failureOf(fetch(`http://127.0.0.1:${port}/`))])
  expect(explainSystemError(both)?.message).toContain('connection refused')
})

it('says which port is taken', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const second = createServer()
  const listening = once(second, 'listening')
  second.listen(port, '127.0.0.1')
  expect(await explained(listening)).toBe(
    `PORT_UNAVAILABLE: 127.0.0.1:${port} cannot be used: another program listens there`,
  )
  server.close()
})

it('reports a failure of TLS, not an unreachable host', async () => {
  const server = createSecureServer().listen(0, '127.0.0.1') // without a certificate no handshake succeeds
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const asked = once(getSecurely({ host: '127.0.0.1', port }), 'response')
  expect(await explained(asked)).toMatch(/^HOST_UNREACHABLE: a server is not trusted: .*handshake failure/)
  server.close()
})

it.each([
  ['ENOSPC', 'SYSTEM_EXHAUSTED', '/data/dump cannot be used: the disk is full'],
  ['EDQUOT', 'SYSTEM_EXHAUSTED', '/data/dump cannot be used: the disk quota is used up'],
  ['EMFILE', 'SYSTEM_EXHAUSTED', '/data/dump cannot be used: this process has too many open files (ulimit -n)'],
  ['EACCES', 'FILE_UNUSABLE', '/data/dump cannot be used: permission denied'],
  ['EROFS', 'FILE_UNUSABLE', '/data/dump cannot be used: the file system is read-only'],
])('recognises %s anywhere among the causes', (code, ours, message) => {
  const error = Object.assign(new Error(`${code}: …`), { code, syscall: 'open', path: '/data/dump' })
  expect(explainSystemError(new Error('wrapped', { cause: error }))).toMatchObject({ code: ours, message })
})

it('explains names that do not resolve, proxies that fail and untrusted certificates', () => {
  const failed = (code: string, more: object = {}) =>
    explainSystemError(Object.assign(new Error('why'), { code, ...more }))
  expect(failed('ENOTFOUND', { hostname: 'nohost.invalid' })?.message).toBe(
    'nohost.invalid cannot be reached: there is no such host',
  )
  expect(failed('ECONNREFUSED', { address: '::1', port: 5432 })?.message).toBe(
    '[::1]:5432 cannot be reached: connection refused',
  )
  expect(failed('ERR_PROXY_TUNNEL')).toMatchObject({ code: 'HOST_UNREACHABLE', message: 'the proxy failed: why' })
  expect(failed('DEPTH_ZERO_SELF_SIGNED_CERT')).toMatchObject({ message: 'a server is not trusted: why' })
  expect(failed('ENOMEM')?.message).toBe('memory is used up')
})

it('ignores errors that are not of the system', () => {
  expect(explainSystemError(new TypeError('undefined is not a function'))).toBeUndefined()
  expect(explainSystemError(Object.assign(new Error('ours'), { code: 'ENOENT' }))).toBeUndefined()
  expect(explainSystemError(new AppError('LEAD_NOT_FOUND', 'no lead'))).toBeUndefined()
  expect(explainSystemError('text')).toBeUndefined()
})
