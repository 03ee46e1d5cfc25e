/** What pages of other origins may do, and how a browser learns of it. */
import { GetBucketCorsCommand, PutBucketCorsCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { beforeAll, expect, it } from 'vitest'
import { createSigner, findAddress } from '#transfers/bucket'
import { presignUrl, signPost } from '#transfers/presign'
import type { Suite } from './suite.ts'

export function describeCors({ target, client, bucket }: Suite): void {
  const clock = { now: target.now }
  const transfers = { name: bucket, s3: client, uploader: client, endpoint: target.endpoint, clock }
  const page = 'https://app.example.com'
  const CORSRules = [
    { AllowedMethods: ['GET'], AllowedOrigins: ['*'], ExposeHeaders: ['Content-Disposition'] },
    { AllowedMethods: ['POST'], AllowedOrigins: [page, 'https://*.example.org'], AllowedHeaders: ['x-ours-*'] },
  ]
  beforeAll(async () => {
    await client.send(new PutBucketCorsCommand({ Bucket: bucket, CORSConfiguration: { CORSRules } }))
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: 'a', Body: 'x' }))
  })

  const allowed = ({ headers }: Response) => headers.get('access-control-allow-origin')
  async function preflight(origin: string, method: string, wanted?: string) {
    return fetch(`${await findAddress(transfers)}/a`, {
      method: 'OPTIONS',
      headers: {
        Origin: origin,
        'Access-Control-Request-Method': method,
        ...(wanted && { 'Access-Control-Request-Headers': wanted }),
      },
    })
  }

  it('gives the rules back as they were written', async () => {
    const kept = await client.send(new GetBucketCorsCommand({ Bucket: bucket }))
    expect(kept.CORSRules).toEqual(CORSRules)
  })

  it.each([
    [page, 'POST', undefined, [200, page]],
    ['https://b.example.org', 'POST', 'X-Ours-Id', [200, 'https://b.example.org']],
    [page, 'POST', 'authorization', [403, null]],
    ['https://evil.example.com', 'POST', undefined, [403, null]],
    [page, 'DELETE', undefined, [403, null]],
    ['null', 'GET', undefined, [200, '*']],
  ])('answers the preflight of %s for %s with the headers %s', async (origin, method, wanted, expected) => {
    const answer = await preflight(origin, method, wanted)
    expect([answer.status, allowed(answer)]).toEqual(expected)
  })

  it('lets a listed page read the answer to its form, and any page that of a signed address; others get no header', async () => {
    const now = target.now()
    const signer = await createSigner(transfers, now)
    const fields = { key: 'form', 'Content-Type': 'text/csv' }
    const expiresAt = new Date(now.getTime() + 60_000)
    const send = async (origin: string, file: string) => {
      const form = new FormData()
      const all = signPost(signer, { bucket, fields, bytesMin: 1, bytesMax: 10, expiresAt })
      for (const [name, value] of Object.entries(all)) form.append(name, value)
      form.append('file', new Blob([file]))
      const answer = await fetch(await findAddress(transfers), {
        method: 'POST',
        body: form,
        headers: { Origin: origin },
      })
      return [answer.status, allowed(answer)]
    }
    expect(await send(page, 'x')).toEqual([204, page])
    expect(await send(page, 'more than ten')).toEqual([400, page])
    expect(await send('https://evil.example.com', 'x')).toEqual([204, null])
    const url = presignUrl(signer, new URL(`${await findAddress(transfers)}/a`), { method: 'GET', lifeS: 60 })
    const read = await fetch(url, { headers: { Origin: 'null' } })
    expect([allowed(read), read.headers.get('access-control-expose-headers')]).toEqual(['*', 'Content-Disposition'])
    expect(allowed(await fetch(url))).toBeNull()
  })
}
