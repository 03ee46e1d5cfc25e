/**
 * Runs in a worker thread: compares keys with bcrypt hashes, one after another, while the main thread answers requests.
 *
 * Loaded by its file name, also by a bundled function: copy this file beside the bundle and install bcryptjs.
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
