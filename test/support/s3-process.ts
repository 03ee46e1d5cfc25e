/** An S3 server in a process of its own, to be killed: `node s3-process.ts <folder>` prints its URL. */
import { systemClock } from '#platform/clock'
import { startS3Server } from '#emulators/s3/server'

const { url } = await startS3Server({ dir: process.argv[2]!, buckets: ['data'], clock: systemClock })
process.stdout.write(`${url}\n`)
