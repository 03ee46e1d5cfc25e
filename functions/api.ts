import { answerEvent, type HttpEvent } from '#api/http/event'
import type { HttpResult } from '#api/http/result'
import { createApi } from '#runtime/api'

const { app, endInvocation } = createApi()

export async function handler(event: HttpEvent): Promise<HttpResult> {
  const result = await answerEvent(app, event)
  await endInvocation()
  return result
}
