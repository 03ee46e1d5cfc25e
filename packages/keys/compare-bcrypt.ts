/** Compares keys with bcrypt hashes in a worker thread. The first comparison starts the thread; it ends when idle. */
import { Worker } from 'node:worker_threads'
import type { Comparison } from '#keys/bcrypt-worker'

export type CompareBcrypt = (text: string, hash: string) => Promise<boolean>

/** bcrypt ignores the rest: a longer text would match any other with the same beginning. */
const TEXT_BYTES_MAX = 72
const IDLE_MS = 120_000

interface Thread {
  worker: Worker
  /** The thread answers in the order of its requests. */
  waiting: PromiseWithResolvers<boolean>[]
}

export function createBcryptThread(): CompareBcrypt {
  let thread: Thread | undefined
  let idle: NodeJS.Timeout | undefined
  const forget = (ended: Thread) => {
    if (thread === ended) thread = undefined
  }
  const rest = () => {
    const { worker } = thread ?? {}
    worker?.unref() // lets an otherwise idle process exit
    idle = setTimeout(() => void worker?.terminate(), IDLE_MS).unref()
  }
  return (text, hash) => {
    if (Buffer.byteLength(text) > TEXT_BYTES_MAX || text.includes('\0')) return Promise.resolve(false)
    clearTimeout(idle)
    thread ??= startThread(rest, forget)
    const answer = Promise.withResolvers<boolean>()
    thread.waiting.push(answer)
    thread.worker.ref()
    thread.worker.postMessage({ text, hash } satisfies Comparison)
    return answer.promise
  }
}

function startThread(rest: () => void, forget: (ended: Thread) => void): Thread {
  const worker = new Worker(new URL('./bcrypt-worker.ts', import.meta.url))
  const thread: Thread = { worker, waiting: [] }
  let died: unknown
  worker.on('message', (matches: boolean) => {
    thread.waiting.shift()?.resolve(matches)
    if (thread.waiting.length === 0) rest()
  })
  worker.on('error', (error) => (died = error))
  worker.on('exit', () => {
    forget(thread)
    for (const { reject } of thread.waiting) reject(new Error('the thread that compares keys stopped', { cause: died }))
  })
  return thread
}
