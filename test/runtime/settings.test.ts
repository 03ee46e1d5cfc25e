import { readFile } from 'node:fs/promises'
import { parseEnv } from 'node:util'
import { expect, it } from 'vitest'
import { AppError } from '#platform/errors'
import { readSettings, settingsSchema } from '#runtime/settings'

it('lists every setting in .env.example, with the default it really has', async () => {
  const example = parseEnv(await readFile('.env.example', 'utf8'))
  expect(Object.keys(example).sort()).toEqual(Object.keys(settingsSchema.shape).sort())
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
