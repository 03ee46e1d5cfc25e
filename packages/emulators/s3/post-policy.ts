/** Checks the policy of a form: who signed it, until when it counts, and whether the form keeps each of its conditions. */
import { S3Error } from '#emulators/s3/errors'
import { type Credentials, computeSignature, equalsSignature, parseScope } from '#emulators/s3/signature'

export interface PostPolicy {
  bytesMin: number
  bytesMax: number
}

type Fields = ReadonlyMap<string, string>

/** Fields that the policy does not have to name. */
const FREE = /^(?:policy|x-amz-signature|file|x-ignore-.*)$/

/** @throws S3Error AccessDenied, InvalidAccessKeyId, InvalidPolicyDocument, SignatureDoesNotMatch */
export function checkPolicy(credentials: Credentials, bucket: string, fields: Fields, now: Date): PostPolicy {
  const text = fields.get('policy')
  if (text === undefined) throw new S3Error('AccessDenied', 'The form has no policy, and this bucket is not public.')
  checkSigned(credentials, fields, text)
  const { expiration, conditions } = parsePolicy(text)
  if (!(now.getTime() < Date.parse(expiration))) throw refused('Policy expired.')
  const values = new Map([...fields, ['bucket', bucket]])
  const named = new Set<string>()
  const policy = { bytesMin: 0, bytesMax: Infinity }
  for (const condition of conditions) {
    const [operator, operand, value] = readCondition(condition)
    if (operator === 'content-length-range') {
      Object.assign(policy, { bytesMin: Number(operand), bytesMax: Number(value) })
      continue
    }
    const name = String(operand).replace(/^\$/, '').toLowerCase()
    const given = values.get(name) ?? ''
    const holds = operator === 'eq' ? given === value : given.startsWith(String(value))
    if (!holds) throw refused(`Policy Condition failed: ${JSON.stringify(condition)}`)
    named.add(name)
  }
  const extra = [...fields.keys()].filter((name) => !named.has(name) && !FREE.test(name))
  if (extra.length > 0) throw refused(`Extra input fields: ${extra.join(', ')}`)
  return policy
}

function checkSigned(credentials: Credentials, fields: Fields, policy: string): void {
  const { accessKeyId, scope } = parseScope(fields.get('x-amz-credential') ?? '')
  if (fields.get('x-amz-algorithm') !== 'AWS4-HMAC-SHA256') {
    throw new S3Error('InvalidArgument', 'The form must have the field x-amz-algorithm with AWS4-HMAC-SHA256.')
  }
  if (accessKeyId !== credentials.accessKeyId) {
    throw new S3Error('InvalidAccessKeyId', 'The access key id does not exist here.')
  }
  const expected = computeSignature(credentials.secretAccessKey, scope, policy)
  if (!equalsSignature(fields.get('x-amz-signature') ?? '', expected)) {
    throw new S3Error('SignatureDoesNotMatch', 'The signature of the policy does not match.')
  }
}

function parsePolicy(text: string): { expiration: string; conditions: unknown[] } {
  try {
    const policy = JSON.parse(Buffer.from(text, 'base64').toString('utf8')) as Record<string, unknown>
    const { expiration, conditions } = policy
    if (typeof expiration === 'string' && Array.isArray(conditions)) return { expiration, conditions }
  } catch {
    // the error below names it
  }
  throw new S3Error('InvalidPolicyDocument', 'The content of the form does not meet the conditions of a policy.')
}

/** `{"key": "a"}` is short for `["eq", "$key", "a"]`. */
function readCondition(condition: unknown): unknown[] {
  if (Array.isArray(condition) && ['eq', 'starts-with', 'content-length-range'].includes(String(condition[0]))) {
    return condition
  }
  if (condition !== null && typeof condition === 'object' && !Array.isArray(condition)) {
    const [[name, value] = [], ...more] = Object.entries(condition)
    if (name !== undefined && more.length === 0) return ['eq', name, value]
  }
  throw new S3Error('InvalidPolicyDocument', `Invalid Policy: invalid condition ${JSON.stringify(condition)}.`)
}

function refused(reason: string): S3Error {
  return new S3Error('AccessDenied', `Invalid according to Policy: ${reason}`)
}
