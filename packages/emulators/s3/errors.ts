/** S3's error codes that this server uses, with their HTTP statuses. */
const STATUS = {
  AccessDenied: 403,
  AccessForbidden: 403,
  AuthorizationHeaderMalformed: 400,
  AuthorizationQueryParametersError: 400,
  BadDigest: 400,
  BadRequest: 400,
  BucketAlreadyOwnedByYou: 409,
  EntityTooLarge: 400,
  EntityTooSmall: 400,
  IncompleteBody: 400,
  InternalError: 500,
  InvalidAccessKeyId: 403,
  InvalidArgument: 400,
  InvalidBucketName: 400,
  InvalidChunkSizeError: 403,
  InvalidDigest: 400,
  InvalidPart: 400,
  InvalidPartOrder: 400,
  InvalidPolicyDocument: 400,
  InvalidRange: 416,
  InvalidRequest: 400,
  InvalidTag: 400,
  InvalidURI: 400,
  KeyTooLongError: 400,
  MalformedPOSTRequest: 400,
  MalformedTrailerError: 400,
  MalformedXML: 400,
  MaxMessageLengthExceeded: 400,
  MaxPostPreDataLengthExceeded: 400,
  MetadataTooLarge: 400,
  MethodNotAllowed: 405,
  MissingContentLength: 411,
  NoSuchBucket: 404,
  NoSuchCORSConfiguration: 404,
  NoSuchKey: 404,
  NoSuchLifecycleConfiguration: 404,
  NoSuchUpload: 404,
  NoSuchVersion: 404,
  NotImplemented: 501,
  NotModified: 304,
  PreconditionFailed: 412,
  SignatureDoesNotMatch: 403,
  XAmzContentSHA256Mismatch: 400,
} as const

type S3ErrorCode = keyof typeof STATUS

/** `headers` go into the response, `fields` into the XML body beside Code and Message. */
interface S3ErrorOptions {
  headers?: Record<string, string>
  fields?: Record<string, string>
}

/** An error in the protocol's own terms: clients branch on `code`. */
export class S3Error extends Error {
  readonly code: S3ErrorCode
  readonly headers: Record<string, string>
  readonly fields: Record<string, string>

  constructor(code: S3ErrorCode, message: string, options: S3ErrorOptions = {}) {
    super(message)
    this.name = 'S3Error'
    this.code = code
    this.headers = options.headers ?? {}
    this.fields = options.fields ?? {}
  }

  get status(): number {
    return STATUS[this.code]
  }
}
