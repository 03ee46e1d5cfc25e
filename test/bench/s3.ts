/**
 * Throughput and memory of the embedded S3 server, which runs in a process of its own:
 * `node test/bench/s3.ts [megabytes]`. The client shares the machine, so these are lower bounds.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { LOCAL_CREDENTIALS } from '#emulators/s3/server'
import { clientFor, noise } from '../s3/conformance/suite.ts'

const MIB = 1024 * 1024
const megabytes = Number(process.argv[2] ?? 200)
const block = noise(MIB)

const dir = await mkdtemp(join(tmpdir(), 'hunter-s3-bench-'))
const entry = join(import.meta.dirname, '../support/s3-process.ts')
const child = spawn(process.execPath, [entry, dir], { stdio: ['ignore', 'pipe', 'inherit'] })
const [url] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
const client = clientFor(url, LOCAL_CREDENTIALS)()
const object = { Bucket: 'data', Key: 'bench' }

await report('small put (1 KiB, warm-up included)', 0.1, async () => {
  for (let index = 0; index < 100; index++)
    await client.send(new PutObjectCommand({ ...object, Body: block.subarray(0, 1024) }))
})
await report('PutObject of a stream', megabytes, () =>
  client.send(new PutObjectCommand({ ...object, Body: stream(), ContentLength: megabytes * MIB })),
)
for (const partMib of [5, 16]) {
  await report(`lib-storage, parts of ${partMib} MiB`, megabytes, () =>
    new Upload({ client, params: { ...object, Body: stream() }, partSize: partMib * MIB }).done(),
  )
}
await report('GetObject', megabytes, async () => {
  const { Body } = await client.send(new GetObjectCommand(object))
  let size = 0
  for await (const chunk of Body as Readable) size += (chunk as Buffer).length
  if (size !== megabytes * MIB) throw new Error(`read ${size} bytes`)
})
child.kill()
await rm(dir, { recursive: true })

function stream(): Readable {
  return Readable.from(
    (function* () {
      for (let index = 0; index < megabytes; index++) yield block
    })(),
  )
}

async function report(name: string, sizeMib: number, work: () => Promise<unknown>): Promise<void> {
  let peakMib = 0
  const sample = async () => {
    const status = await readFile(`/proc/${child.pid}/status`, 'utf8')
    peakMib = Math.max(peakMib, Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024)
  }
  const timer = setInterval(() => void sample(), 20)
  const start = performance.now()
  await work()
  const seconds = (performance.now() - start) / 1000
  clearInterval(timer)
  await sample()
  console.log(
    `${name}: ${seconds.toFixed(2)} s, ${(sizeMib / seconds).toFixed(0)} MiB/s, server RSS ${peakMib.toFixed(0)} MiB`,
  )
}
