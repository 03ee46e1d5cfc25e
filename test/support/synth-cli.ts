/** What SST's command line answers to the platform's code over its loopback RPC, with functions really built. */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type BuildInput, type BuiltFunction, type BuildPlaces, buildFunction } from './synth-functions.ts'

interface Call {
  method: string
  params: [BuildInput]
}

export async function startCli(places: BuildPlaces) {
  const built: Record<string, BuiltFunction> = {}
  const methods: Record<string, (input: BuildInput) => unknown> = {
    'Provider.Aws.Bootstrap': () => ({
      asset: 'assets',
      state: 'state',
      assetEcrRegistryId: 'ecr',
      assetEcrUrl: 'ecr',
    }),
    'Runtime.Build': async (input) => {
      const fn = await buildFunction(places, input)
      built[input.functionID] = fn
      return { handler: fn.handler, out: fn.dir, errors: fn.errors, sourcemaps: fn.sourcemaps }
    },
  }
  const server = createServer((request, response) => {
    void answer(methods, request).then((body) => response.end(JSON.stringify(body)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    built,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
}

async function answer(methods: Record<string, (input: BuildInput) => unknown>, request: IncomingMessage) {
  try {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const { method, params } = JSON.parse(Buffer.concat(chunks).toString()) as Call
    const run = methods[method]
    if (!run) return { error: `the synthesis does not answer ${method}` }
    return { result: await run(params[0]) }
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) }
  }
}
