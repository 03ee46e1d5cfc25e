/** What callers may upload, apart from the code that talks to S3. */
export const UPLOAD_BYTES_MAX = 50 * 1024 * 1024

/** How long the form of an upload may be sent. */
export const UPLOAD_MINUTES = 15

export const UPLOAD_TYPES = ['text/csv', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'] as const
export type UploadType = (typeof UPLOAD_TYPES)[number]
