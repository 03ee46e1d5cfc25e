import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { SSMClient } from '@aws-sdk/client-ssm'
import * as fc from '../../support/seeded.ts'
import { buffer } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createBackupId } from '#backups/format/backup-id'
import { collectConfig, type ConfigInput, requireSomeConfig, writeConfig } from '#backups/config/collect'
import { createParameterLister } from '#backups/config/parameters'
import { checkConfig, restoreConfig } from '#backups/config/read'
import { createSeal, createUnseal } from '#backups/config/seal'
import { mayHoldSecrets } from '#backups/config/detect-secrets'
import { createFileStore } from '#backups/store/file-store'
import type { ConfigEntry } from '#backups/format/manifest'
import type { ObjectStore } from '#backups/store/object-store'

const KEY = 'correct horse battery staple'
const SECRET = 'hunter2-is-the-secret'
const ref = { source: 'shop', id: createBackupId(new Date('2026-11-20T00:00:00Z'), 'abcdef') }

let cwd: string
let store: ObjectStore
let storeDir: string
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'hunter-config-'))
  storeDir = await mkdtemp(join(tmpdir(), 'hunter-config-store-'))
  store = createFileStore({ dir: storeDir, randomHex: () => randomBytes(4).toString('hex') })
})
afterEach(async () => {
  await rm(cwd, { recursive: true, force: true })
  await rm(storeDir, { recursive: true, force: true })
})

async function put(name: string, contents: string): Promise<void> {
  await mkdir(dirname(join(cwd, name)), { recursive: true })
  await writeFile(join(cwd, name), contents)
}

const noParameters = async () => []

async function keep(input: Partial<ConfigInput>, listParameters = noParameters as never): Promise<ConfigEntry> {
  const collected = await collectConfig({ cwd, randomBytes, listParameters }, { files: [], parameters: [], ...input })
  return (await writeConfig({ store }, ref, collected)) as ConfigEntry
}

async function storedBytes(): Promise<string> {
  const names = await readdir(storeDir, { recursive: true, withFileTypes: true })
  const files = names.filter((entry) => entry.isFile())
  return (await Promise.all(files.map((file) => readFile(join(file.parentPath, file.name), 'latin1')))).join('')
}

describe('with a key', () => {
  test('every file restores unchanged, and the store holds none of them in clear text', async () => {
    await put('.env', `PASSWORD=${SECRET}\n`)
    await put('conf/app.json', '{"port":1}')
    await put('conf/deep/ğ name.json', '{}')
    const config = await keep({ files: ['.env', 'conf'], passphrase: KEY })
    expect(config.warnings).toEqual([])
    expect(config.files.map(({ name, encrypted }) => [name, encrypted])).toEqual([
      ['.env.sealed', true],
      ['conf/app.json.sealed', true],
      ['conf/deep/ğ name.json.sealed', true],
    ])
    expect(await checkConfig(store, config, KEY)).toBeUndefined()
    const dir = join(cwd, 'out')
    expect(await restoreConfig(store, config, { dir, passphrase: KEY })).toEqual([
      '.env',
      'conf/app.json',
      'conf/deep/ğ name.json',
    ])
    expect(await readFile(join(dir, '.env'), 'utf8')).toBe(`PASSWORD=${SECRET}\n`)
    expect((await stat(join(dir, '.env'))).mode & 0o777).toBe(0o600)
    expect(await readFile(join(dir, 'conf/deep/ğ name.json'), 'utf8')).toBe('{}')
  })

  test('neither the store nor the archive contains any part of the clear text', async () => {
    await put('.env', `PASSWORD=${SECRET}\n`)
    const config = await keep({ files: ['.env'], passphrase: KEY })
    const { gunzipSync } = await import('node:zlib')
    const archive = gunzipSync(await readFile(join(storeDir, config.object?.key ?? '')))
    expect(archive.includes(SECRET)).toBe(false)
    expect(await storedBytes()).not.toContain(SECRET)
  })

  test('another key decrypts nothing, and the error does not report damage', async () => {
    await put('.env', 'A=1')
    const config = await keep({ files: ['.env'], passphrase: KEY })
    expect(await checkConfig(store, config, undefined)).toContain('there is no key')
    expect(await checkConfig(store, config, 'another key altogether')).toContain('another key')
    for (const passphrase of [undefined, 'another key altogether']) {
      const restoring = restoreConfig(store, config, { dir: join(cwd, 'out'), passphrase })
      await expect(restoring).rejects.toMatchObject({ code: 'BACKUP_KEY_INVALID' })
    }
    await expect(readdir(join(cwd, 'out'))).rejects.toThrow('ENOENT')
  })

  test('a sealed file decrypts only under its own name and with every byte unchanged', async () => {
    const seal = await createSeal(KEY, randomBytes)
    const unseal = createUnseal(KEY)
    const sealed = seal('a', Buffer.from(SECRET))
    expect((await unseal('a', sealed)).toString()).toBe(SECRET)
    await expect(unseal('b', sealed)).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' })
    const bytesOfKeyId = [32, 40] // these tell that the key is another one
    await fc.assert(
      fc.asyncProperty(fc.nat(sealed.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        if (at >= 16 && at < 32) return // another salt derives another key, which takes its time
        const code = at >= bytesOfKeyId[0]! && at < bytesOfKeyId[1]! ? 'BACKUP_KEY_INVALID' : 'BACKUP_DAMAGED'
        const changed = Buffer.from(sealed)
        changed[at]! ^= change
        await expect(unseal('a', changed)).rejects.toMatchObject({ code })
      }),
      { numRuns: 200 },
    )
    for (const length of [0, 10, 67, sealed.length - 1]) {
      await expect(unseal('a', sealed.subarray(0, length))).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' })
    }
  })
})

describe('without a key', () => {
  test('files that may contain secrets are left out, with a warning', async () => {
    await put('.env', `PASSWORD=${SECRET}`)
    await put('conf/app.json', '{"port":1}')
    await put('conf/db.json', `{"password": "${SECRET}"}`)
    const config = await keep({ files: ['.env', 'conf'] })
    expect(config.files).toEqual([{ name: 'conf/app.json', bytes: 10, encrypted: false }])
    expect(config.warnings).toEqual([
      '.env was left out: it may contain secrets, and HUNTER_BACKUP_KEY is not set',
      'conf/db.json was left out: it may contain secrets, and HUNTER_BACKUP_KEY is not set',
    ])
    expect(await storedBytes()).not.toContain(SECRET)
    expect(await restoreConfig(store, config, { dir: join(cwd, 'out'), passphrase: undefined })).toEqual([
      'conf/app.json',
    ])
  })

  test('the archive depends only on names and contents', async () => {
    await put('b.json', '2')
    await put('a.json', '1')
    const first = await keep({ files: ['a.json', 'b.json'] })
    await put('a.json', '1') // a new time
    const second = await keep({ files: ['b.json', '.', 'a.json'] })
    expect(second.object?.sha256).toBe(first.object?.sha256)
  })

  test.each([
    ['.env', ''],
    ['deploy/.env.production', ''],
    ['prod.env', ''],
    ['tls/server.key', ''],
    ['my-secrets.json', '{}'],
    ['settings.json', '{"apiKey": "sk_live_1"}'],
    ['settings.yaml', 'db:\n  password: abc'],
    ['settings.toml', 'token = "abc"'],
    ['notes.txt', 'postgres://me:abc@host/db'],
    ['settings.yaml', 'db_pass: abc'],
    ['settings.json', '{"key": "abcdef"}'],
    ['settings.ini', 'ACCOUNT_KEY = abcdef'],
    ['values.txt', 'AKIAABCDEFGHIJKLMNOP'],
    ['store.dat', 'PK\u0000\u0001'],
    ['notes.txt', '-----BEGIN EC PRIVATE KEY-----'],
    ['.env.example', '-----BEGIN PRIVATE KEY-----'],
  ])('treats %s with %j as a secret', (name, contents) => {
    expect(mayHoldSecrets(name, Buffer.from(contents))).toBe(true)
  })

  test.each([
    ['app.json', '{"port": 1}'],
    ['.env.example', 'PASSWORD=\nHUNTER_BACKUP_KEY='],
    ['environment.json', '{"url": "https://example.com:8080/a"}'],
  ])('treats %s with %j as harmless', (name, contents) => {
    expect(mayHoldSecrets(name, Buffer.from(contents))).toBe(false)
  })
})

describe('the backup warns of', () => {
  test('a missing file, a link in a folder, and what is too large', async () => {
    await put('a.json', '1')
    await put('conf/b.json', '2')
    await symlink('/etc/passwd', join(cwd, 'conf/link'))
    await writeFile(join(cwd, 'big.bin'), Buffer.alloc(17 * 1024 * 1024))
    const config = await keep({ files: ['a.json', 'none.json', 'conf', 'big.bin'] })
    expect(config.files.map(({ name }) => name)).toEqual(['a.json', 'conf/b.json'])
    expect(config.warnings).toEqual([
      expect.stringContaining('none.json does not exist'),
      expect.stringMatching(/conf.link was left out: it is a link/),
      expect.stringContaining('big.bin was left out'),
    ])
  })

  test('no file at all: then it writes no archive, and fails only if it was to store settings alone', async () => {
    const collected = await collectConfig(
      { cwd, randomBytes, listParameters: noParameters },
      { files: ['.env'], parameters: [] },
    )
    expect(await writeConfig({ store }, ref, collected)).toEqual({ files: [], warnings: ['.env does not exist'] })
    expect(await store.listKeys('')).toEqual([])
    expect(() => requireSomeConfig(collected)).toThrowError(expect.objectContaining({ code: 'BACKUP_FAILED' }))
    expect(await writeConfig({ store }, ref, { files: [], warnings: [] })).toBeUndefined()
  })

  test('a file outside of the folder, which keeps its whole path inside the archive', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'hunter-outside-'))
    await writeFile(join(outside, 'x.json'), '1')
    const config = await keep({ files: [join(outside, 'x.json')] })
    expect(config.files[0]?.name).toBe(join(outside, 'x.json').slice(1))
    await rm(outside, { recursive: true })
  })
})

describe('damage', () => {
  test('a changed, truncated or empty archive never passes the proof', async () => {
    await put('a.json', JSON.stringify({ list: Array.from({ length: 50 }, (_, at) => at) }))
    const config = await keep({ files: ['a.json'] })
    const path = join(storeDir, config.object!.key)
    const bytes = await readFile(path)
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const changed = Buffer.from(bytes)
        changed[at]! ^= change
        await writeFile(path, changed)
        await expect(checkConfig(store, config, undefined)).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' })
      }),
      { numRuns: 60 },
    )
    for (const length of [0, 1, bytes.length - 1]) {
      await writeFile(path, bytes.subarray(0, length))
      await expect(checkConfig(store, config, undefined)).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' })
    }
    await rm(path)
    await expect(checkConfig(store, config, undefined)).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' })
  })

  test('an archive with more, fewer or longer files than its manifest names is refused', async () => {
    await put('one', '1')
    await put('two', '2')
    const config = await keep({ files: ['one', 'two'] })
    const [first, second] = config.files as [ConfigEntry['files'][number], ConfigEntry['files'][number]]
    for (const files of [[first], [first, second, { ...second, name: 'three' }], [first, { ...second, bytes: 2 }]]) {
      const damaged = { code: 'BACKUP_DAMAGED', message: expect.stringContaining('differ from those in its manifest') }
      await expect(checkConfig(store, { ...config, files }, undefined)).rejects.toMatchObject(damaged)
      const restoring = restoreConfig(store, { ...config, files }, { dir: join(cwd, 'out'), passphrase: undefined })
      await expect(restoring).rejects.toMatchObject(damaged)
    }
    await expect(readdir(join(cwd, 'out'))).rejects.toThrow('ENOENT')
  })

  test('a restore never overwrites existing settings', async () => {
    await put('a.json', '1')
    const config = await keep({ files: ['a.json'] })
    const restoring = restoreConfig(store, config, { dir: cwd, passphrase: undefined })
    await expect(restoring).rejects.toMatchObject({ code: 'RESTORE_TARGET_IN_USE' })
    const below = restoreConfig(store, config, { dir: join(cwd, 'a.json', 'below'), passphrase: undefined })
    await expect(below).rejects.toMatchObject({ code: 'RESTORE_FAILED' })
    await expect(restoreConfig(store, undefined, { dir: cwd, passphrase: KEY })).rejects.toMatchObject({
      code: 'BACKUP_NOT_FOUND',
    })
  })
})

describe('parameters', () => {
  let server: Server
  let ssm: SSMClient
  let requests: { Path: string; WithDecryption: boolean; NextToken?: string }[]
  let status: number

  beforeEach(async () => {
    requests = []
    status = 200
    server = createServer((request, response) => {
      void buffer(request).then((body) => {
        const input = JSON.parse(body.toString()) as (typeof requests)[number]
        requests.push(input)
        response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' })
        const refusal = '{"__type":"AccessDeniedException","message":"not allowed"}'
        const value = input.WithDecryption ? SECRET : 'ciphertext'
        const pages = [
          { Parameters: [{ Name: '/shop/port', Type: 'String', Value: '8080' }], NextToken: 'two' },
          { Parameters: [{ Name: '/shop/db/word', Type: 'SecureString', Value: value }] },
        ]
        const page = input.Path === '/none' ? {} : pages[input.NextToken === 'two' ? 1 : 0]
        response.end(status === 200 ? JSON.stringify(page) : refusal)
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
    ssm = new SSMClient({ endpoint: `http://127.0.0.1:${port}`, region: 'us-east-1', credentials })
  })
  afterEach(() => {
    ssm.destroy()
    server.close()
  })

  test('are stored from every page, with secret ones encrypted', async () => {
    const config = await keep({ parameters: ['/shop'], passphrase: KEY }, createParameterLister(ssm) as never)
    expect(requests.map(({ NextToken, WithDecryption }) => [NextToken, WithDecryption])).toEqual([
      [undefined, true],
      ['two', true],
    ])
    expect(await storedBytes()).not.toContain(SECRET)
    const dir = join(cwd, 'out')
    await restoreConfig(store, config, { dir, passphrase: KEY })
    expect(JSON.parse(await readFile(join(dir, 'parameters/shop/db/word.json'), 'utf8'))).toEqual({
      name: '/shop/db/word',
      type: 'SecureString',
      value: SECRET,
    })
  })

  test('that are secret are not even decrypted without a key', async () => {
    const config = await keep({ parameters: ['/shop', '/none'] }, createParameterLister(ssm) as never)
    expect(requests.every(({ WithDecryption }) => !WithDecryption)).toBe(true)
    expect(config.files.map(({ name }) => name)).toEqual(['parameters/shop/port.json'])
    expect(config.warnings).toEqual([
      'there are no parameters below /none',
      expect.stringContaining('parameters/shop/db/word.json was left out'),
    ])
  })

  test('fail the backup if the role may not read them', async () => {
    status = 400
    await expect(keep({ parameters: ['/shop'] }, createParameterLister(ssm) as never)).rejects.toMatchObject({
      code: 'CONFIG_UNAVAILABLE',
      message: expect.stringContaining('/shop'),
    })
  })
})
