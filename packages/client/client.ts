/** The typed client of the HTTPS API: every operation of the contract, in the browser and in Node, with no dependency. */
import type { Arguments, ClientOperations, DataOf, InputOf } from '#client/operations'
import type { ErrorCode } from '#platform/errors'

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete'
type PathOf<Verb extends Method> = Extract<ClientOperations[keyof ClientOperations], { method: Verb }>['path']
type Operation<Verb extends Method, Path extends string> = ClientOperations[`${Verb} ${Path}` & keyof ClientOperations]

interface ApiAnswer<Data> {
  data: Data
  message: string
  status: number
  /** ETag, limits, Link, the name of a file … */
  headers: Headers
}

type Call<Verb extends Method> = <Path extends PathOf<Verb>>(
  path: Path,
  ...input: Arguments<InputOf<Operation<Verb, Path>>>
) => Promise<ApiAnswer<DataOf<Operation<Verb, Path>>>>

/** The lists that have pages. */
type PagedPath = {
  [Path in PathOf<'get'>]: DataOf<Operation<'get', Path>> extends { next_cursor: unknown } ? Path : never
}[PathOf<'get'>]

export interface HunterClient {
  get: Call<'get'>
  post: Call<'post'>
  put: Call<'put'>
  patch: Call<'patch'>
  delete: Call<'delete'>
  /** Every page of a list, from the first or from the cursor in `query` on. */
  pages: <Path extends PagedPath>(
    path: Path,
    ...input: Arguments<InputOf<Operation<'get', Path>>>
  ) => AsyncGenerator<DataOf<Operation<'get', Path>>>
  /** Imports a list of up to 50 MiB: in the request itself if it fits, by way of an upload otherwise. */
  importList: (file: Blob, input?: ListInput) => Promise<ApiAnswer<DataOf<ListOperation>>>
}

type ListOperation = Operation<'post', '/ingest/csv'>
type ListInput = Omit<InputOf<ListOperation>, 'body'>

export interface ClientOptions {
  /** Where the API lives, such as `https://api.example.com`. */
  url: string
  /** Omit it when a cookie signs the caller in. */
  key?: string
  fetch?: (url: string, init: RequestInit) => Promise<Response>
  /** Further tries of a call that may be repeated: a read, or one with an Idempotency-Key. Default 2. */
  retries?: number
  /** The deadline of one try, in milliseconds. Default 30,000. */
  timeoutMs?: number
  pause?: (ms: number) => Promise<unknown>
}

/** No answer came: `UNREACHABLE`; something between answered instead of the API: `ANSWER_UNREADABLE`. */
type ClientErrorCode = ErrorCode | 'UNREACHABLE' | 'ANSWER_UNREADABLE'

/** What every call throws when it fails. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly code: ClientErrorCode
  /** 0: no answer came. */
  readonly status: number
  /** `remedy`, `request_id` and what else the code comes with. */
  readonly details: Record<string, unknown>
  /** The value of Retry-After. */
  readonly retryAfterS: number | undefined

  constructor(
    code: ClientErrorCode,
    message: string,
    { status = 0, details = {}, retryAfterS, cause }: ErrorFacts = {},
  ) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.status = status
    this.details = details
    this.retryAfterS = retryAfterS
  }
}

interface ErrorFacts {
  status?: number
  details?: Record<string, unknown>
  retryAfterS?: number | undefined
  cause?: unknown
}

/** All that an input of any operation may have. */
interface AnyInput {
  params?: Record<string, unknown> | undefined
  query?: Record<string, unknown> | undefined
  body?: unknown
  idempotencyKey?: string
  language?: string
  signal?: AbortSignal
}

/** What a request of the API may hold, as packages/api/http/file-body.ts has it; a test compares the two. */
const FILE_BYTES_MAX = 3 * 1024 * 1024
const WORKBOOK = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'
/** A slower line does not deliver an upload in time. */
const UPLOAD_BYTES_PER_MS = 100

/** A caller who waits longer should know why: the error says how long. */
const WAIT_MAX_S = 30
const FIRST_WAIT_MS = 250

export function createClient(options: ClientOptions): HunterClient {
  const {
    url,
    key,
    retries = 2,
    timeoutMs = 30_000,
    pause = wait,
    fetch = (...args) => globalThis.fetch(...args),
  } = options

  async function send(target: string, init: RequestInit, patienceMs = timeoutMs): Promise<ApiAnswer<unknown>> {
    const { signal } = init
    const deadline = AbortSignal.timeout(patienceMs)
    try {
      return await readAnswer(
        await fetch(target, { ...init, signal: signal ? AbortSignal.any([signal, deadline]) : deadline }),
      )
    } catch (error) {
      if (error instanceof ApiError || signal?.aborted) throw error
      throw new ApiError('UNREACHABLE', `no answer from ${target.replace(/\?.*/, '')}`, { cause: error })
    }
  }

  async function repeat<T>(mayRepeat: boolean, attempt: () => Promise<T>): Promise<T> {
    for (let tries = 0; ; tries++) {
      try {
        return await attempt()
      } catch (error) {
        const waitMs = error instanceof ApiError && mayRepeat && tries < retries ? waitFor(error, tries) : undefined
        if (waitMs === undefined) throw error
        await pause(waitMs)
      }
    }
  }

  async function call(method: Method, path: string, input: AnyInput = {}): Promise<ApiAnswer<unknown>> {
    const { body, idempotencyKey, language, signal } = input
    const headers = {
      ...(key && { Authorization: `Bearer ${key}` }),
      ...chooseType(body),
      ...(idempotencyKey && { 'Idempotency-Key': idempotencyKey }),
      ...(language && { 'Accept-Language': language }),
    }
    const init = {
      method: method.toUpperCase(),
      headers,
      signal: signal ?? null,
      ...(body !== undefined && { body: isFile(body) ? body : JSON.stringify(body) }),
    }
    const target = url.replace(/\/$/, '') + buildTarget(path, input)
    return repeat(method === 'get' || idempotencyKey !== undefined, () => send(target, init))
  }

  /** The storage keeps one file for a form, however often it is sent. */
  const sendForm = (target: string, body: FormData, size: number, signal: AbortSignal | null) =>
    repeat(true, () =>
      send(target, { method: 'POST', body, signal }, timeoutMs + Math.ceil(size / UPLOAD_BYTES_PER_MS)),
    )

  async function* pages(path: string, input: AnyInput = {}): AsyncGenerator {
    let cursor = input.query?.['cursor']
    do {
      const { data } = await call('get', path, { ...input, query: { ...input.query, cursor } })
      yield data
      cursor = (data as { next_cursor: string | null }).next_cursor ?? undefined
    } while (cursor !== undefined)
  }

  const verb = (method: Method) => (path: string, input?: AnyInput) => call(method, path, input)
  return {
    get: verb('get'),
    post: verb('post'),
    put: verb('put'),
    patch: verb('patch'),
    delete: verb('delete'),
    pages,
    importList: createListImport(call, sendForm),
  } as HunterClient
}

type Upload = Operation<'post', '/ingest/uploads'>

function createListImport(
  call: (method: Method, path: string, input: AnyInput) => Promise<ApiAnswer<unknown>>,
  sendForm: (target: string, form: FormData, size: number, signal: AbortSignal | null) => Promise<unknown>,
) {
  return async (file: Blob, input: ListInput = {}) => {
    if (file.size <= FILE_BYTES_MAX) return call('post', '/ingest/csv', { ...input, body: file })
    const { idempotencyKey, signal } = input
    const body: InputOf<Upload>['body'] = { content_type: file.type === WORKBOOK ? WORKBOOK : 'text/csv' }
    const asked = await call('post', '/ingest/uploads', {
      body,
      ...(idempotencyKey && { idempotencyKey: `${idempotencyKey}:upload` }),
      ...(signal && { signal }),
    })
    const { upload_id: upload, url, fields, bytes_max: bytesMax } = asked.data as DataOf<Upload>
    if (file.size > bytesMax)
      throw new ApiError('FILE_TOO_LARGE', `the file has ${file.size} bytes of at most ${bytesMax}`)
    const form = new FormData()
    for (const [name, value] of Object.entries(fields)) form.append(name, value)
    form.append('file', file)
    await sendForm(url, form, file.size, signal ?? null)
    return call('post', '/ingest/csv', { ...input, body: { upload } })
  }
}

function isFile(body: unknown): body is Blob | FormData {
  return body instanceof Blob || body instanceof FormData
}

/** API Gateway breaks text that is not UTF-8, so a file goes as bytes, whatever it is; `fetch` knows the type of a form. */
function chooseType(body: unknown): { 'Content-Type'?: string } {
  if (body === undefined || body instanceof FormData) return {}
  return { 'Content-Type': body instanceof Blob ? 'application/octet-stream' : 'application/json' }
}

/** `/leads/{domain}` with its parameters and query, below `/api/v1` unless it is the service's own. */
function buildTarget(path: string, { params = {}, query = {} }: AnyInput): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => pathPart(name, params[name]))
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null)
  const search = new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)])).toString()
  return (/^\/(healthz|unsubscribe|$)/.test(path) ? '' : '/api/v1') + filled + (search && `?${search}`)
}

/** A URL would drop these three, and another operation would be called. */
function pathPart(name: string, value: unknown): string {
  if (typeof value !== 'string' || /^\.{0,2}$/.test(value)) throw new TypeError(`${name} cannot be a part of a path`)
  return encodeURIComponent(value)
}

interface Envelope {
  success: boolean
  data: unknown
  message: string
  error: { code: ErrorCode; message: string; details: Record<string, unknown> }
}

async function readAnswer(answer: Response): Promise<ApiAnswer<unknown>> {
  const { status, headers } = answer
  if (answer.ok && headers.get('Content-Disposition')?.startsWith('attachment'))
    return { data: await answer.blob(), message: '', status, headers }
  const text = await answer.text()
  if (status === 204) return { data: undefined, message: '', status, headers }
  if (answer.ok && headers.get('Content-Type')?.startsWith('text/')) return { data: text, message: '', status, headers }
  const body = parse(text)
  if (answer.ok && body?.success) return { data: body.data, message: body.message, status, headers }
  const retryAfter = headers.get('Retry-After')
  const facts = {
    status,
    details: body?.error?.details ?? {},
    retryAfterS: retryAfter === null ? undefined : Number(retryAfter),
  }
  if (body?.error) throw new ApiError(body.error.code, body.error.message, facts)
  throw new ApiError('ANSWER_UNREADABLE', `status ${status} without an answer that the API gives`, facts)
}

function parse(text: string): Envelope | undefined {
  try {
    return JSON.parse(text) as Envelope
  } catch {
    return undefined
  }
}

/** Milliseconds until another try may help; undefined: it would not, or only after a long time. */
function waitFor({ status, retryAfterS }: ApiError, tries: number): number | undefined {
  if (retryAfterS !== undefined) return retryAfterS <= WAIT_MAX_S ? retryAfterS * 1_000 : undefined
  if (status !== 0 && status !== 502 && status !== 503 && status !== 504) return undefined
  return FIRST_WAIT_MS * 2 ** tries
}

function wait(ms: number): Promise<unknown> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
