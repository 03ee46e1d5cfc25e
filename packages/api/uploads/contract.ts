import * as z from 'zod/mini'
import { count, describeField, NOT_JSON, time } from '#api/contract/fields'
import type { Contract } from '#api/contract/operation'
import { uploadBody } from '#api/uploads/inputs'
import type { uploadTable } from '#api/uploads/table'
import { UPLOAD_BYTES_MAX, UPLOAD_MINUTES, UPLOAD_TYPES } from '#transfers/upload-limits'

const ID_EXAMPLE = 'AZrR2Xk1pq3m8sQ2v0yB7cJtLw5e0f'

const upload = z.object({
  upload_id: describeField(z.string(), 'Id of the upload, for the request that imports the file', ID_EXAMPLE),
  url: describeField(z.string(), 'Where to send the form', 'https://transfers.s3.eu-central-1.amazonaws.com'),
  fields: describeField(
    z.record(z.string(), z.string()),
    'Fields of the form, by name; the field `file` with the file itself comes after them',
    { key: `uploads/3kTMd92aXb0Q/${ID_EXAMPLE}`, 'Content-Type': 'text/csv' },
  ),
  content_type: describeField(z.enum(UPLOAD_TYPES), 'Type that the file is stored with'),
  bytes_max: describeField(count, 'Most bytes that the file may have', UPLOAD_BYTES_MAX),
  expires_at: describeField(time, 'Until when the form may be sent'),
})

const answers = { upload }

export const uploadContract = {
  answers,
  operations: {
    createUpload: {
      summary: 'Get a place to upload a large list to',
      description: `A list of more than 3 MB is too large for a request. This operation answers a form: send it within ${UPLOAD_MINUTES} minutes as multipart/form-data, with the field \`file\` last. The storage answers 204, and refuses a file of more than 50 MiB. The file is deleted after two days.`,
      idempotent: true,
      status: 201,
      body: uploadBody,
      example: { body: { content_type: 'text/csv' } },
      answer: 'upload',
      errors: [...NOT_JSON, 'STORAGE_UNAVAILABLE'],
    },
  },
} satisfies Contract<typeof uploadTable, typeof answers>
