import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { BrowserServer } from 'playwright-core'
import type { TestProject } from 'vitest/node'
import { getErrorMessage } from '#platform/errors'
import { startChromium } from './chromium.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Answers with the address at which playwright-core connects to the run's browser. */
    browserUrl: string
  }
}

/** One Chromium for all workers of a run. It starts when the first test file asks for it and ends with the run. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  let browser: Promise<BrowserServer> | undefined
  const door = createServer((_, response) => {
    browser ??= startChromium()
    browser.then(
      (server) => response.end(server.wsEndpoint()),
      (error: unknown) => response.writeHead(500).end(getErrorMessage(error)),
    )
  })
  await once(door.listen(0, '127.0.0.1'), 'listening')
  project.provide('browserUrl', `http://127.0.0.1:${(door.address() as AddressInfo).port}`)
  return async () => {
    door.close()
    await browser?.then(
      (server) => server.close(),
      () => undefined, // the test file that asked has failed
    )
  }
}
