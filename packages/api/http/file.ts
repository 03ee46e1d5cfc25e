import type { Context } from 'hono'
import type { ApiEnv } from '#api/http/context'

interface SentFile {
  /** `leads-2026-11-29.csv` */
  name: string
  type: string
}

/** Sends a file to download. */
export function sendFile(c: Context<ApiEnv>, bytes: Buffer<ArrayBuffer>, { name, type }: SentFile): Response {
  return c.body(bytes, 200, {
    'Content-Type': type,
    'Content-Length': String(bytes.length),
    'Content-Disposition': formatDisposition(name),
    'Cache-Control': 'no-store',
  })
}

/** Names a file to download (RFC 6266) in any script (RFC 8187), and in ASCII for old clients. */
export function formatDisposition(name: string): string {
  const ascii = name.replace(/[^\w.-]/g, '_')
  const encoded = encodeURIComponent(name).replace(
    /['()*]/g,
    (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`
}
