/** Reads a request whose body is a file: the file itself, or a form with one file. */
import type { Context } from 'hono'
import type { ApiEnv } from '#api/http/context'
import { buildTypeError, refuseContentEncoding } from '#api/http/body-type'
import { readForm, refuseForm } from '#api/http/form'
import { readBytes } from '#api/http/validate'
import { AppError } from '#platform/errors'

/** A function takes 6 MB, and a file that is no text grows by a third on its way. */
export const FILE_BYTES_MAX = 3 * 1024 * 1024

/** The content decides what the file is; these are the names that programs give to a list. */
export const FILE_TYPES = [
  'text/csv',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  'application/octet-stream',
  'text/plain',
  'text/tab-separated-values',
  'application/csv',
  'application/vnd.ms-excel',
  'multipart/form-data',
] as const

interface FileBody {
  bytes: Uint8Array
  /** What the Content-Type says of the text: `text/csv; charset=windows-1254`. */
  charset: string | undefined
}

/** @throws AppError BODY_TYPE_UNSUPPORTED, BODY_TOO_LARGE, VALIDATION_FAILED */
export async function readFileBody(c: Context<ApiEnv>): Promise<FileBody> {
  refuseContentEncoding(c)
  const header = c.req.header('Content-Type') ?? ''
  const [type = '', ...parameters] = header.split(';').map((part) => part.trim())
  const known = FILE_TYPES.find((one) => one === type.toLowerCase())
  if (known === undefined) throw buildTypeError(header, FILE_TYPES)
  const bytes = await readBytes(c, FILE_BYTES_MAX)
  if (known === 'multipart/form-data') return { bytes: await readFormFile(bytes, header), charset: undefined }
  if (known.startsWith('text/')) refuseLostLetters(bytes)
  const charset = parameters.map((one) => /^charset="?([^"]*)"?$/i.exec(one)?.[1]).find((one) => one !== undefined)
  return { bytes, charset }
}

/** API Gateway passes `text/…` on as UTF-8: bytes that are none have become the replacement character U+FFFD. */
function refuseLostLetters(bytes: Uint8Array): void {
  if (!Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes('\uFFFD')) return
  const message = 'has lost letters on its way, as text that is not UTF-8 does: send it as application/octet-stream'
  throw new AppError('VALIDATION_FAILED', `the file ${message}`, { details: { fields: [{ field: 'body', message }] } })
}

async function readFormFile(bytes: Uint8Array, header: string): Promise<Uint8Array> {
  const parts = [...(await readForm(bytes, header)).entries()]
  const [part] = parts
  if (parts.length === 1 && part !== undefined && typeof part[1] !== 'string') {
    return new Uint8Array(await part[1].arrayBuffer())
  }
  throw refuseForm(
    'the form has something else than one file',
    'must be a form with one file and nothing else; options go in the query',
  )
}
