/** Runs inside a worker thread: loads one function's file and answers its invocations as the Lambda runtime does. */
import { parentPort, workerData } from 'node:worker_threads'
import type { Context } from 'aws-lambda'
import type { Answer, Invocation, LOADED as Loaded, WorkerSetup } from '#local/function-host'

/** Repeats the constant: importing the host would load all of it. */
const LOADED: typeof Loaded = 'loaded'

type Handler = (event: unknown, context: Context) => unknown

const { url, exportName, name, memoryMb } = workerData as WorkerSetup
const port = parentPort
if (!port) throw new Error('function-worker runs in a worker thread only')

const loaded = (await import(url)) as Record<string, Handler>
const handler = loaded[exportName]
if (!handler) throw new Error(`${url} exports no ${exportName}`)

port.postMessage(LOADED)
port.on('message', (invocation: Invocation) => void run(invocation).then((answer) => port.postMessage(answer)))

async function run({ id, event, deadlineMs }: Invocation): Promise<Answer> {
  try {
    const result = await handler?.(JSON.parse(event), createContext(id, deadlineMs))
    return { id, ok: true, result: JSON.stringify(result) ?? 'null' }
  } catch (error) {
    const thrown = error instanceof Error ? error : new Error(String(error))
    return { id, ok: false, errorType: thrown.name, errorMessage: thrown.message, stack: thrown.stack ?? '' }
  }
}

function createContext(id: string, deadlineMs: number): Context {
  return {
    awsRequestId: id,
    callbackWaitsForEmptyEventLoop: true,
    functionName: name,
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:local:000000000000:function:${name}`,
    memoryLimitInMB: String(memoryMb),
    logGroupName: `/aws/lambda/${name}`,
    logStreamName: 'local',
    getRemainingTimeInMillis: () => Math.max(0, deadlineMs - Date.now()),
    done: () => undefined,
    fail: () => undefined,
    succeed: () => undefined,
  }
}
