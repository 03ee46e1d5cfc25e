import { readFile } from 'node:fs/promises'
import { parseEnv } from 'node:util'
import { expect, it } from 'vitest'
import { AppError } from '#platform/errors'
import { LOG_LEVELS } from '#platform/log'
import { readSettings, SETTINGS } from '#runtime/settings'

it('lists every setting in .env.example, with the default it really has', async () => {
  const example = parseEnv(await readFile('.env.example', 'utf8'))
  expect(Object.keys(example).sort()).toEqual(Object.keys(SETTINGS).sort())
  expect(readSettings(example)).toEqual(readSettings({}))
})

it('names every bad setting at once, and shows no value', () => {
  const read = () =>
    readSettings({ HUNTER_PORT: 'eighty', HUNTER_DATABASE_URL: 'mysql://root:hunter2@db', HUNTER_DNS_SERVERS: 'dns' })
  expect(read).toThrow(AppError)
  expect(read).toThrow(/HUNTER_PORT must be a whole number/)
  expect(read).toThrow(/HUNTER_DATABASE_URL must be a URL such as postgres/)
  expect(read).toThrow(/HUNTER_DNS_SERVERS must be addresses/)
  expect(read).not.toThrow(/hunter2/)
})

it('takes an empty setting for one that is not set', () => {
  expect(readSettings({ HUNTER_PORT: '' }).HUNTER_PORT).toBe(8787)
})

it('reads lists of name servers with and without ports', () => {
  const { HUNTER_DNS_SERVERS } = readSettings({ HUNTER_DNS_SERVERS: '1.1.1.1, 127.0.0.1:5353,[2606:4700::1111]:53' })
  expect(HUNTER_DNS_SERVERS).toEqual(['1.1.1.1', '127.0.0.1:5353', '[2606:4700::1111]:53'])
})

it('takes a registry as a host with or without a port, and a list of registries over HTTP', () => {
  for (const good of ['whois.example.org', '127.0.0.1:4343', '[::1]:43']) {
    expect(readSettings({ HUNTER_TRABIS_SERVER: good }).HUNTER_TRABIS_SERVER).toBe(good)
  }
  for (const bad of ['whois.example.org:99999', 'http://whois.example.org', '[::1', 'a b']) {
    expect(() => readSettings({ HUNTER_TRABIS_SERVER: bad })).toThrow(/HUNTER_TRABIS_SERVER must be a host/)
  }
  expect(() => readSettings({ HUNTER_RDAP_BOOTSTRAP_URL: 'ftp://a.example.org' })).toThrow(/must be an http or https/)
})

it('takes a time and a place for the night', () => {
  const read = () => readSettings({ HUNTER_BACKUP_TIME: '25:00', HUNTER_BACKUP_TIMEZONE: 'Mars/Olympus' })
  expect(read).toThrow(/HUNTER_BACKUP_TIME must be a time such as 03:00/)
  expect(read).toThrow(/HUNTER_BACKUP_TIMEZONE must be a name such as Europe\/Istanbul/)
})

it('takes origins as browsers send them, and nothing that no browser sends', () => {
  const { HUNTER_CORS_ORIGINS } = readSettings({ HUNTER_CORS_ORIGINS: 'https://a.example, http://localhost:5173' })
  expect(HUNTER_CORS_ORIGINS).toEqual(['https://a.example', 'http://localhost:5173'])
  for (const bad of ['*', 'a.example', 'https://a.example/', 'https://a.example/app', 'null', 'file:///a']) {
    expect(() => readSettings({ HUNTER_CORS_ORIGINS: bad })).toThrow(/HUNTER_CORS_ORIGINS must be origins/)
  }
})

it('takes numbers within their bounds, and says the bounds of all others', () => {
  for (const good of ['0', '65535', ' 80 ', '1e3'])
    expect(readSettings({ HUNTER_PORT: good }).HUNTER_PORT).toBe(Number(good))
  for (const bad of [' ', '-1', '65536', '0.5', 'NaN', 'Infinity', '80,5', '8_0', '9007199254740993']) {
    const read = () => readSettings({ HUNTER_PORT: bad })
    expect(read).toThrow(/^HUNTER_PORT must be a whole number from 0 to 65535$/)
  }
})

it('drops the spaces around a URL that was pasted, and takes no other kind of URL', () => {
  const read = (url: string) => readSettings({ SENTRY_DSN: url }).SENTRY_DSN
  expect(read(' https://key@sentry.example/1\n')).toBe('https://key@sentry.example/1')
  for (const bad of ['sentry.example', 'http:sentry.example', 'https://', 'https://a b', 'file:///etc', ' ']) {
    expect(() => read(bad)).toThrow(/^SENTRY_DSN must be an http or https URL$/)
  }
})

it('takes each word of a choice and no other, not even in capitals', () => {
  for (const level of LOG_LEVELS) expect(readSettings({ HUNTER_LOG_LEVEL: level }).HUNTER_LOG_LEVEL).toBe(level)
  for (const bad of ['INFO', 'trace', 'constructor', ' info']) {
    expect(() => readSettings({ HUNTER_LOG_LEVEL: bad })).toThrow(/^HUNTER_LOG_LEVEL must be one of debug, info/)
  }
})

it('takes paths of parameters and keys that are long enough', () => {
  const { HUNTER_BACKUP_PARAMETERS } = readSettings({ HUNTER_BACKUP_PARAMETERS: '/hunter/live , /other,' })
  expect(HUNTER_BACKUP_PARAMETERS).toEqual(['/hunter/live', '/other'])
  const read = () =>
    readSettings({ HUNTER_BACKUP_PARAMETERS: '/a,b', HUNTER_BACKUP_KEY: 'short', HUNTER_BACKUP_SOURCE: 'A b' })
  expect(read).toThrow(
    /HUNTER_BACKUP_SOURCE must be lower-case.*HUNTER_BACKUP_PARAMETERS must be paths.*HUNTER_BACKUP_KEY must have/,
  )
})
