import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ensureSstPlatform } from '../support/sst-platform.ts'
import { ROOT, synthesise } from '../support/synth.ts'
import { isThorough, sampleOf } from '../support/thorough.ts'
import { SECRETS } from './stack.ts'

let folder: string
beforeAll(async () => {
  await ensureSstPlatform(ROOT)
  folder = await mkdtemp(path.join(tmpdir(), 'hunter-config-'))
})
afterAll(() => rm(folder, { recursive: true }))

const APP = `app: () => ({ name: 'hunter', home: 'aws', providers: {} })`

async function configWith(text: string): Promise<string> {
  const configFile = path.join(await mkdtemp(path.join(folder, 'case-')), 'sst.config.ts')
  await writeFile(configFile, text)
  return configFile
}

test.runIf(isThorough)('the synthesis refuses a secret without a value and names it', async () => {
  await expect(synthesise({ stage: 'production', secrets: {} })).rejects.toThrow(
    'Set a value for KeyPepper with `sst secret set KeyPepper <value>`',
  )
})

test.runIf(isThorough)('the synthesis refuses a backup key that is too short, and does not print it', async () => {
  const synthesis = synthesise({ stage: 'production', secrets: { ...SECRETS, BackupKey: 'too-short-a-key' } })
  await expect(synthesis).rejects.toThrow('The secret BackupKey must have 16 characters or more')
  await expect(synthesis).rejects.not.toThrow('too-short-a-key')
})

const refused: [Record<string, string>, string][] = [
  [{ HUNTER_BACKUP_LOCK_DAYS: '31' }, 'HUNTER_BACKUP_LOCK_DAYS must be a whole number from 1 to 30'],
  [{ HUNTER_ACCOUNT_INSTANCES: 'ten' }, 'HUNTER_ACCOUNT_INSTANCES must be a whole number from 1'],
  [{ HUNTER_BACKUP_TIME: '02:30', HUNTER_BACKUP_TIMEZONE: 'Europe/Berlin' }, 'there is no 02:30 in Europe/Berlin'],
]
test.each(sampleOf(refused))('the synthesis refuses %j before it creates a resource', async (variables, message) => {
  await expect(synthesise({ stage: 'production', secrets: SECRETS, variables })).rejects.toThrow(message)
})

test.runIf(isThorough)('the synthesis refuses a function without a file and names it', async () => {
  const configFile = await configWith(`
export default $config({ ${APP}, run: async () => void new sst.aws.Function('Lost', { handler: 'functions/lost.handler' }) })`)
  await expect(synthesise({ stage: 'production', secrets: SECRETS, configFile })).rejects.toThrow(
    'Handler not found: functions/lost.handler',
  )
})

test('the synthesis refuses an import at the top of the configuration, as SST does', async () => {
  const configFile = await configWith(
    `import { join } from 'node:path'\nexport default $config({ ${APP}, run: async () => void join('a') })`,
  )
  await expect(synthesise({ stage: 'production', secrets: SECRETS, configFile })).rejects.toThrow('imports at its top')
})
