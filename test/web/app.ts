/** The service with its built page, behind the gateway of this machine, as a reader's browser meets them. */
import type { Page } from 'playwright-core'
import { answerEvent } from '#api/http/event'
import { startGateway } from '#local/gateway'
import type { TestApi } from '../support/test-api.ts'
import { openPage } from './page.ts'

export type Look = NonNullable<Parameters<typeof openPage>[1]>

export interface PageApp {
  /** Where the page is; without a slash at its end. */
  url: string
  /** Opens `/dashboard?days=30` as a reader who signs in with the key. */
  open: (to: string, key: string, look?: Look) => Promise<Page>
  close: () => Promise<void>
}

export async function startPageApp({ app }: TestApi): Promise<PageApp> {
  await import('#local/build-page')
  const ignore = () => undefined
  const invoke = (event: Parameters<typeof answerEvent>[1]) => answerEvent(app, event)
  const gateway = await startGateway({ port: 0, invoke, onProblem: ignore, onAnswer: ignore })
  const url = `${gateway.url}/app`
  return {
    url,
    open: (to, key, look) => openPage(`${url}${to}#key=${key}`, look),
    close: () => gateway.close(),
  }
}
