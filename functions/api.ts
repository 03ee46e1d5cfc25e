import { handle, type LambdaContext, type LambdaEvent } from 'hono/aws-lambda'
import { createApi } from '#runtime/api'

const { app, endInvocation } = createApi()
const answer = handle(app)

export async function handler(event: LambdaEvent, context?: LambdaContext) {
  const result = await answer(event, context)
  await endInvocation()
  return result
}
