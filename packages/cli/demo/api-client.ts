import * as z from 'zod/mini'
import { AppError } from '#platform/errors'

const envelope = z.object({
  success: z.boolean(),
  data: z.optional(z.unknown()),
  error: z.optional(z.object({ code: z.string(), message: z.string() })),
})

interface ApiAnswer {
  status: number
  data: unknown
  /** Error code of a failed answer. */
  code: string | undefined
}

export interface ApiClient {
  ask(method: 'GET' | 'POST', path: string, body?: unknown): Promise<ApiAnswer>
  /** Returns the data of an answer, which must be a success. */
  must<T>(schema: z.ZodMiniType<T>, method: 'GET' | 'POST', path: string, body?: unknown): Promise<T>
}

/** Calls the API as any program would: over HTTP, with a key. */
export function createApiClient({ url, apiKey }: { url: string; apiKey: string }): ApiClient {
  async function ask(method: 'GET' | 'POST', path: string, body?: unknown): Promise<ApiAnswer> {
    const headers = { Authorization: `Bearer ${apiKey}`, 'Content-Type': 'application/json' }
    const answer = await fetch(`${url}/api/v1${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const { data, error } = z.parse(envelope, await answer.json())
    return { status: answer.status, data, code: error?.code }
  }
  return {
    ask,
    must: async (schema, method, path, body) => {
      const { status, data, code } = await ask(method, path, body)
      if (status >= 400) throw new AppError('INTERNAL', `${method} ${path} answered ${status} ${code ?? ''}`)
      const parsed = z.safeParse(schema, data)
      if (parsed.success) return parsed.data
      const [issue] = parsed.error.issues
      throw new AppError('INTERNAL', `${method} ${path} answered another shape at ${issue?.path.join('.')}`)
    },
  }
}
