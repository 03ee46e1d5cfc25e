import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

/** Below the ephemeral range, from which the system assigns ports: a port that is free here stays free for a moment. */
const FROM = 20_000
const TO = 32_768
const TRIES = 20

/**
 * Returns a port of 127.0.0.1 that was free a moment ago, for a program that cannot choose one itself. @throws Error
 * when none was free in several tries
 */
export async function findFreePort(): Promise<number> {
  let failure: unknown
  for (let tries = TRIES; tries > 0; tries -= 1) {
    const port = randomInt(FROM, TO)
    const probe = createServer().listen(port, '127.0.0.1')
    try {
      await once(probe, 'listening')
      return port
    } catch (taken) {
      failure = taken
    } finally {
      probe.close()
    }
  }
  throw failure
}
