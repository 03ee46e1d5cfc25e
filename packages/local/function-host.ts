import { randomUUID } from 'node:crypto'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import { AppError, getErrorMessage } from '#platform/errors'

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
   * Calls the function with an event; event and answer pass as JSON. The first call starts an instance.
   * @throws AppError PART_FAILED when the function throws, dies or overruns its timeout
   */
  invoke(event: unknown): Promise<unknown>
  /** Resolves once no event is in progress. */
  whenIdle(): Promise<void>
  /**
   * Reloads the code if it is loaded. Events in progress finish in the old instance.
   * @throws AppError PART_FAILED when the new code does not load; the old code keeps answering
   */
  reload(): Promise<void>
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
/** The worker's first message. */
export const LOADED = 'loaded'
export type Answer =
  | { id: string; ok: true; result: string }
  | { id: string; ok: false; errorType: string; errorMessage: string; stack: string }

interface Instance {
  worker: Worker
  pending: Map<string, PromiseWithResolvers<unknown>>
  loaded: PromiseWithResolvers<void>
}

interface HostDeps {
  env: Record<string, string>
  /** Receives every line that the function prints. */
  onLine: (line: string) => void
}

/**
 * Runs one function in a worker thread with its own environment. Lambda gives each instance one event at a time; this
 * single instance takes several at once.
 */
export function createFunctionHost({ env, onLine }: HostDeps, spec: FunctionSpec): FunctionHost {
  let instance: Instance | undefined
  let idle: NodeJS.Timeout | undefined
  /** Instances with older code that still work on events. */
  const retiring = new Set<Instance>()

  function start(): Instance {
    return startInstance(spec, env, onLine, (dead) => {
      retiring.delete(dead)
      if (instance === dead) instance = undefined
    })
  }

  async function end(ending: Instance): Promise<void> {
    if (instance === ending) instance = undefined
    await ending.worker.terminate()
  }

  async function stop(): Promise<void> {
    clearTimeout(idle)
    await Promise.all([...retiring, ...(instance ? [instance] : [])].map(end))
  }

  async function reload(): Promise<void> {
    const old = instance
    if (!old) return
    const next = start()
    await next.loaded.promise
    if (instance !== old) return end(next) // the old one ended meanwhile: the next event loads the new code
    instance = next
    clearTimeout(idle)
    if (old.pending.size === 0) return end(old)
    retiring.add(old)
  }

  async function invoke(event: unknown): Promise<unknown> {
    clearTimeout(idle)
    const used = (instance ??= start())
    const { worker, pending } = used
    const id = randomUUID()
    const answer = Promise.withResolvers<unknown>()
    pending.set(id, answer)
    const overrun = setTimeout(() => {
      answer.reject(new AppError('PART_FAILED', `${spec.name} ran longer than ${spec.timeoutMs} ms and was stopped`))
      void end(used)
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
      if (pending.size === 0 && retiring.has(used)) void end(used)
      else if (pending.size === 0 && spec.idleMs !== undefined)
        idle = setTimeout(() => void end(used), spec.idleMs).unref()
    }
  }

  async function untilIdle(): Promise<void> {
    const instances = [...retiring, ...(instance ? [instance] : [])]
    const waiting = instances.flatMap(({ pending }) => [...pending.values()]).map(({ promise }) => promise)
    if (waiting.length === 0) return
    await Promise.allSettled(waiting)
    return untilIdle()
  }

  return { invoke, whenIdle: untilIdle, reload, stop }
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
  const instance: Instance = { worker, pending: new Map(), loaded: Promise.withResolvers() }
  instance.loaded.promise.catch(() => undefined) // an event that waits for it fails with the same reason
  let died: unknown
  forEachLine(worker.stdout, onLine)
  forEachLine(worker.stderr, onLine)
  worker.on('message', (answer: Answer | typeof LOADED) => {
    if (answer === LOADED) instance.loaded.resolve()
    else settle(instance, answer, spec.name, onLine)
  })
  worker.on('error', (error) => (died = error))
  worker.on('exit', () => {
    onDead(instance)
    const reason = new AppError('PART_FAILED', `${spec.name} ended: ${getErrorMessage(died ?? 'it was stopped')}`, {
      cause: died,
    })
    instance.loaded.reject(reason)
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
