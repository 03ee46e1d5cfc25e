/**
 * Worker thread: compares keys with bcrypt hashes one after another, while the main thread answers requests.
 *
 * `compare-bcrypt.ts` loads this file by its name, in a bundled function, too: copy it beside the bundle and install
 * bcryptjs.
 */
import { parentPort } from 'node:worker_threads'
import { compareSync } from 'bcryptjs'

export interface Comparison {
  text: string
  hash: string
}

parentPort?.on('message', ({ text, hash }: Comparison) => {
  parentPort?.postMessage(compareSync(text, hash))
})
