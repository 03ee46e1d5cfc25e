/** Fills a disk under the log, S3 and Postgres: a small file system in memory, which only root may mount. */
import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { keepPostgresRunning } from '#emulators/postgres/keep-running'
import { LOCAL_CREDENTIALS, startS3Server } from '#emulators/s3/server'
import { openLineLog } from '#local/line-log'
import { systemClock } from '#platform/clock'

let dir: string
let isMounted = false
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hunter-full-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=112m,mode=755', 'hunter-test', dir], { stdio: 'ignore' })
    isMounted = true
  } catch {
    // an ordinary user, or a container that may not mount
  }
})
afterAll(async () => {
  if (isMounted) execFileSync('umount', ['-l', dir])
  await rm(dir, { recursive: true, force: true })
})

const ballast = () => join(dir, 'ballast')
/** Uses up all the space that is left. */
async function fill(): Promise<void> {
  const block = Buffer.alloc(1024 * 1024)
  for (const size of [block.length, 4096]) {
    for (;;) {
      try {
        await writeFile(ballast(), block.subarray(0, size), { flag: 'a' })
      } catch {
        break
      }
    }
  }
}
const empty = () => rm(ballast(), { force: true })

describe('a full disk', () => {
  it('makes the log drop lines and report that once, until there is space again', async ({ skip }) => {
    if (!isMounted) skip()
    const path = join(dir, 'lines.log')
    const problems: string[] = []
    const log = openLineLog(path, (message) => problems.push(message))
    log.write('before')
    await log.close()
    await fill()
    for (let n = 0; n < 3; n += 1) {
      log.write('x'.repeat(20_000))
      await log.close()
    }
    expect(problems).toEqual([`${path} cannot be used: the disk is full: log lines are lost until this is fixed`])
    await empty()
    log.write('after')
    await log.close()
    expect(problems.at(-1)).toBe(`${path} is writable again; 3 lines missing`)
    const lines = (await readFile(path, 'utf8')).trimEnd().split('\n')
    expect([lines[0], lines.at(-1)]).toEqual(['before', 'after'])
  })

  it('makes S3 refuse an object and leave nothing of it, keep the earlier ones, and accept objects once there is space', async ({
    skip,
  }) => {
    if (!isMounted) skip()
    const folder = join(dir, 's3')
    await mkdir(folder)
    const server = await startS3Server({ dir: folder, buckets: ['kept'], clock: systemClock })
    const s3 = new S3Client({
      endpoint: server.url,
      region: 'us-east-1',
      credentials: LOCAL_CREDENTIALS,
      forcePathStyle: true,
      maxAttempts: 1,
    })
    const put = (Key: string) =>
      s3.send(new PutObjectCommand({ Bucket: 'kept', Key, Body: Buffer.alloc(3 * 1024 * 1024, Key) }))
    await put('before')
    await fill()
    await expect(put('full')).rejects.toThrow(/ENOSPC|disk is full/)
    const bodies = await readdir(join(folder, 'kept', 'bodies'))
    expect(bodies).toHaveLength(1)
    expect((await readdir(join(folder, 'kept', 'versions'))).every((name) => !name.endsWith('.tmp'))).toBe(true)
    await empty()
    await put('after')
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: 'kept' }))
    expect(Contents.map(({ Key, Size }) => [Key, Size])).toEqual([
      ['after', 3 * 1024 * 1024],
      ['before', 3 * 1024 * 1024],
    ])
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'kept', Key: 'before' }))
    expect((await Body?.transformToByteArray())?.length).toBe(3 * 1024 * 1024)
    s3.destroy()
    await server.close()
    await rm(folder, { recursive: true })
  })

  it('loses no committed row of Postgres, which serves again once there is space', async ({ skip }) => {
    if (!isMounted) skip()
    const postgres = await keepPostgresRunning({
      dir: join(dir, 'postgres'),
      durable: true,
      settings: ['max_wal_size=32MB'],
      onChange: () => undefined,
    })
    try {
      await query(postgres.url, 'create table kept (n int, text text)')
      await query(postgres.url, `insert into kept values (1, 'committed')`)
      await fill()
      const failure = await query(
        postgres.url,
        `insert into kept select n, repeat('x', 1000) from generate_series(2, 60000) n`,
      ).catch((error: unknown) => error)
      expect(failure).toBeInstanceOf(Error)
      kill(postgres.pid()) // its next start finds no space either, unless the failed rows freed some
      await empty()
      await expect
        .poll(() => query(postgres.url, `select text from kept where n = 1`).catch(() => 'away'))
        .toEqual([{ text: 'committed' }])
      await query(postgres.url, `insert into kept values (100000, 'after')`)
    } finally {
      await postgres.close()
    }
  })
})

/** Kills a server that may already have ended itself, so as not to lose committed rows. */
function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // it has
  }
}

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 })
  client.on('error', () => undefined)
  try {
    await client.connect()
    return (await client.query<Record<string, unknown>>(text)).rows
  } finally {
    await client.end().catch(() => undefined)
  }
}
