/** Requests that a stranger to the server sends: forms that upload and URLs that read, signed beforehand. */
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { describe, expect, it } from 'vitest'
import { createSigner, findAddress } from '#transfers/bucket'
import { encodeKey, presignUrl, signPost } from '#transfers/presign'
import { noise, type Suite } from './suite.ts'

export function describePresigned({ target, client, bucket, read }: Suite): void {
  const clock = { now: target.now }
  const transfers = { name: bucket, s3: client, uploader: client, endpoint: target.endpoint, clock }

  async function makeForm(key: string, changes: { agoS?: number; bytesMin?: number; bytesMax?: number } = {}) {
    const { agoS = 0, bytesMin = 1, bytesMax = 100_000 } = changes
    const now = new Date(target.now().getTime() - agoS * 1_000)
    const fields = { key, 'Content-Type': 'text/csv' }
    const expiresAt = new Date(now.getTime() + 60_000)
    return signPost(await createSigner(transfers, now), { bucket, fields, bytesMin, bytesMax, expiresAt })
  }

  async function send(fields: Record<string, string>, file: string | Buffer) {
    const form = new FormData()
    for (const [name, value] of Object.entries(fields)) form.append(name, value)
    form.append('file', new Blob([Buffer.from(file)], { type: 'image/png' }), 'a.png')
    const answer = await fetch(await findAddress(transfers), { method: 'POST', body: form })
    return [answer.status, /<Code>(\w+)/.exec(await answer.text())?.[1]]
  }

  async function presign(
    key: string,
    { agoS = 0, query = {} }: { agoS?: number; query?: Record<string, string> } = {},
  ) {
    const signer = await createSigner(transfers, new Date(target.now().getTime() - agoS * 1_000))
    const address = new URL(`${await findAddress(transfers)}/${encodeKey(key)}`)
    return presignUrl(signer, address, { method: 'GET', lifeS: 60, query })
  }

  const codeOf = async (answer: Response) => [answer.status, /<Code>(\w+)/.exec(await answer.text())?.[1]]

  describe('a form', () => {
    it('uploads bytes of any kind under the key and with the type that its policy fixes', async () => {
      const bytes = Buffer.concat([noise(70_000), Buffer.from('\r\n--boundary\r\n')])
      expect(await send(await makeForm('form/bytes'), bytes)).toEqual([204, undefined])
      const object = await client.send(new GetObjectCommand({ Bucket: bucket, Key: 'form/bytes' }))
      expect([object.ContentType, Buffer.from(await object.Body!.transformToByteArray())]).toEqual(['text/csv', bytes])
    })

    it('is refused with more or fewer bytes than its policy allows, and leaves nothing', async () => {
      expect(await send(await makeForm('form/large', { bytesMax: 10 }), noise(11))).toEqual([400, 'EntityTooLarge'])
      expect(await send(await makeForm('form/small', { bytesMin: 5 }), noise(4))).toEqual([400, 'EntityTooSmall'])
      for (const key of ['form/large', 'form/small']) await expect(read(key)).rejects.toThrow('does not exist')
    })

    it.each([
      ['another key', { key: 'form/other' }],
      ['another type', { 'Content-Type': 'text/html' }],
      ['a field that its policy does not name', { 'Cache-Control': 'no-store' }],
    ])('is refused with %s', async (_what, changes) => {
      expect(await send({ ...(await makeForm('form/changed')), ...changes }, 'x')).toEqual([403, 'AccessDenied'])
    })

    it('is refused after its end, with another policy or signature, and without one', async () => {
      expect(await send(await makeForm('form/late', { agoS: 120 }), 'x')).toEqual([403, 'AccessDenied'])
      const form = await makeForm('form/signed')
      const policy = Buffer.from('{"expiration":"2999-01-01T00:00:00Z","conditions":[]}').toString('base64')
      expect(await send({ ...form, policy }, 'x')).toEqual([403, 'SignatureDoesNotMatch'])
      expect(await send({ ...form, 'x-amz-signature': '0'.repeat(64) }, 'x')).toEqual([403, 'SignatureDoesNotMatch'])
      expect(await send({ key: 'form/open' }, 'x')).toEqual([403, 'AccessDenied'])
    })
  })

  describe('a URL', () => {
    const key = "url/ş a+b'(1)*.csv"

    it('reads an object of any name, with the headers that it was signed with', async () => {
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: 'inhalt', ContentType: 'text/csv' }))
      const disposition = `attachment; filename="a.csv"; filename*=UTF-8''%C5%9F.csv`
      const query = { 'response-content-disposition': disposition, 'response-content-type': 'text/plain' }
      const answer = await fetch(await presign(key, { query }))
      expect([answer.status, await answer.text()]).toEqual([200, 'inhalt'])
      expect(answer.headers.get('content-disposition')).toBe(disposition)
      expect(answer.headers.get('content-type')).toBe('text/plain')
    })

    it('is refused after its end, with other parameters, for another object and for another method', async () => {
      expect(await codeOf(await fetch(await presign(key, { agoS: 120 })))).toEqual([403, 'AccessDenied'])
      const url = await presign(key)
      const other = `${url}&response-content-type=text%2Fhtml`
      expect(await codeOf(await fetch(other))).toEqual([403, 'SignatureDoesNotMatch'])
      expect(await codeOf(await fetch(url.replace('url/', 'url/x')))).toEqual([403, 'SignatureDoesNotMatch'])
      expect((await fetch(url, { method: 'HEAD' })).status).toBe(403)
      const header = { Authorization: 'Bearer hk_test' }
      expect(await codeOf(await fetch(url, { headers: header }))).toEqual([400, 'InvalidArgument'])
    })
  })
}
