import { type Browser, chromium } from 'playwright-core'
import { inject } from 'vitest'

let browser: Promise<Browser> | undefined

/** The connection of this worker to the run's Chromium (`start-browser.ts`). All files of the worker share it. */
export function connectBrowser(): Promise<Browser> {
  return (browser ??= connect())
}

async function connect(): Promise<Browser> {
  const answer = await fetch(inject('browserUrl'))
  const text = await answer.text()
  if (!answer.ok) throw new Error(text)
  return chromium.connect(text)
}
