import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { lockFolder } from '#local/folder-lock'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hunter-lock-'))
})
afterEach(() => rm(dir, { recursive: true, force: true }))

it('lets one of several simultaneous starts lock a folder, and the next one after its release', async () => {
  const results = await Promise.allSettled(Array.from({ length: 4 }, () => lockFolder(dir)))
  const [release] = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  await expect(lockFolder(dir)).rejects.toMatchObject({
    code: 'PART_FAILED',
    message: `Hunter already runs with the folder ${dir} (process ${process.pid})`,
  })
  await release?.()
  await (
    await lockFolder(dir)
  )()
  expect(await readdir(dir)).toEqual([])
})

it('takes over the lock of a killed process', async () => {
  const script = `const { lockFolder } = await import(${JSON.stringify(join(import.meta.dirname, '../../packages/local/folder-lock.ts'))})
    await lockFolder(${JSON.stringify(dir)}); console.log('locked'); setInterval(() => undefined, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  await expect(lockFolder(dir)).rejects.toThrow(`process ${child.pid}`)
  child.kill('SIGKILL')
  await once(child, 'exit')
  await lockFolder(dir)
})

it.each([
  ['whose process id now belongs to another process', JSON.stringify({ pid: process.ppid, since: '1' })],
  ['that a full disk cut off', '{"pid":1'],
  ['that is empty', ''],
])('takes over a lock %s', async (_, text) => {
  await writeFile(join(dir, 'stack.lock'), text)
  await lockFolder(dir)
  expect(JSON.parse(await readFile(join(dir, 'stack.lock'), 'utf8'))).toMatchObject({ pid: process.pid })
})
