import { randomUUID } from 'node:crypto'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import { AppError, messageOf } from '#platform/errors'

export interface FunctionSpec {
  name: string
  /** Absolute path of the function's file. */
  file: string
  exportName: string
  timeoutMs: number
  memoryMb: number
  /** The instance ends after this long without work; undefined: it stays. */
  idleMs?: number
}

export interface FunctionHost {
  /**
   * Calls the function with an event, as JSON both ways. The first call starts an instance.
   * @throws AppError PART_FAILED when the function throws, dies or overruns its timeout
   */
  invoke(event: unknown): Promise<unknown>
  /** When no event is being worked on. */
  idle(): Promise<void>
  stop(): Promise<void>
}

export interface WorkerSetup {
  url: string
  exportName: string
  name: string
  memoryMb: number
}
export interface Invocation {
  id: string
  event: string
  deadlineMs: number
}
export type Answer =
  | { id: string; ok: true; result: string }
  | { id: string; ok: false; errorType: string; errorMessage: string; stack: string }

interface Instance {
  worker: Worker
  pending: Map<string, PromiseWithResolvers<unknown>>
}

interface HostDeps {
  env: Record<string, string>
  /** Takes every line that the function prints. */
  onLine: (line: string) => void
}

/**
 * One function in a worker thread with an environment of its own. Unlike Lambda, which gives each instance one event
 * at a time, the one instance takes invocations side by side.
 */
export function createFunctionHost({ env, onLine }: HostDeps, spec: FunctionSpec): FunctionHost {
  let instance: Instance | undefined
  let idle: NodeJS.Timeout | undefined

  function current(): Instance {
    instance ??= startInstance(spec, env, onLine, (dead) => {
      if (instance === dead) instance = undefined
    })
    return instance
  }

  async function end(): Promise<void> {
    clearTimeout(idle)
    const ending = instance
    instance = undefined
    await ending?.worker.terminate()
  }

  async function invoke(event: unknown): Promise<unknown> {
    clearTimeout(idle)
    const { worker, pending } = current()
    const id = randomUUID()
    const answer = Promise.withResolvers<unknown>()
    pending.set(id, answer)
    const overrun = setTimeout(() => {
      answer.reject(new AppError('PART_FAILED', `${spec.name} ran longer than ${spec.timeoutMs} ms and was ended`))
      void end()
    }, spec.timeoutMs)
    worker.postMessage({
      id,
      event: JSON.stringify(event),
      deadlineMs: Date.now() + spec.timeoutMs,
    } satisfies Invocation)
    try {
      return await answer.promise
    } finally {
      clearTimeout(overrun)
      pending.delete(id)
      if (spec.idleMs !== undefined && pending.size === 0) idle = setTimeout(() => void end(), spec.idleMs).unref()
    }
  }

  async function untilIdle(): Promise<void> {
    const waiting = [...(instance?.pending.values() ?? [])].map(({ promise }) => promise)
    if (waiting.length === 0) return
    await Promise.allSettled(waiting)
    return untilIdle()
  }

  return { invoke, idle: untilIdle, stop: end }
}

function startInstance(
  spec: FunctionSpec,
  env: Record<string, string>,
  onLine: (line: string) => void,
  onDead: (instance: Instance) => void,
): Instance {
  const setup: WorkerSetup = {
    url: pathToFileURL(spec.file).href,
    exportName: spec.exportName,
    name: spec.name,
    memoryMb: spec.memoryMb,
  }
  const worker = new Worker(new URL('./function-worker.ts', import.meta.url), {
    workerData: setup,
    env: { ...env, AWS_LAMBDA_FUNCTION_NAME: spec.name, AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(spec.memoryMb) },
    stdout: true,
    stderr: true,
  })
  const instance: Instance = { worker, pending: new Map() }
  let died: unknown
  forEachLine(worker.stdout, onLine)
  forEachLine(worker.stderr, onLine)
  worker.on('message', (answer: Answer) => settle(instance, answer, spec.name, onLine))
  worker.on('error', (error) => (died = error))
  worker.on('exit', () => {
    onDead(instance)
    const reason = new AppError('PART_FAILED', `${spec.name} ended: ${messageOf(died ?? 'it was stopped')}`, {
      cause: died,
    })
    for (const waiting of instance.pending.values()) waiting.reject(reason)
  })
  return instance
}

function settle(instance: Instance, answer: Answer, name: string, onLine: (line: string) => void): void {
  const waiting = instance.pending.get(answer.id)
  if (answer.ok) return waiting?.resolve(JSON.parse(answer.result))
  onLine(answer.stack)
  waiting?.reject(new AppError('PART_FAILED', `${name} failed: ${answer.errorMessage}`))
}

function forEachLine(stream: NodeJS.ReadableStream, onLine: (line: string) => void): void {
  let rest = ''
  stream.setEncoding('utf8')
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) onLine(line)
  })
}
