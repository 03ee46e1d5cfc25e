/** Tells the format of a list by its content, because names lie: many an export named `.xls` is a web page. */
import { open } from 'node:fs/promises'
import { AppError } from '#platform/errors'

type FileFormat = 'csv' | 'xlsx'

const HEAD_LENGTH = 200
const SAVE_AS = 'open it in Excel and save it as .xlsx'

const SIGNATURES: [hex: string, what: string][] = [
  ['89504e47', 'a PNG image'],
  ['ffd8ff', 'a JPEG image'],
  ['47494638', 'a GIF image'],
  ['25504446', 'a PDF document'],
  ['1f8b', 'a gzip archive'],
  ['377abcaf271c', 'a 7-Zip archive'],
  ['526172211a07', 'a RAR archive'],
  ['7f454c46', 'a program'],
  ['7b5c727466', 'an RTF document'],
]
const ZIP = ['504b0304', '504b0506', '504b0708']
const OLD_OFFICE = 'd0cf11e0a1b11ae1'
/** The stream that holds the workbook once it has a password; names are UTF-16. */
const ENCRYPTED = Buffer.from('EncryptedPackage', 'utf16le')
/** Text that is no list, by its beginning after a byte order mark and white space. */
const TEXTS: [start: RegExp, what: string][] = [
  [/^<(?:[!?]|[a-z][\w:-]*[\s/>])/i, `a web page or XML, not a workbook; ${SAVE_AS}`],
  [/^MIME-Version:/i, `a saved web page or e-mail, not a workbook; ${SAVE_AS}`],
  [/^(?:\[\s*)?\{\s*["}]/, 'JSON, not a CSV file'],
  [/^BEGIN:VCARD/i, 'a vCard, not a CSV file'],
  [/^(?:ID;P[^;\n]*(?:;[NE])*\r?\n[A-Z]{1,2};[A-Z]|TABLE\r?\n0,1)/, `a SYLK or DIF sheet, not a CSV file; ${SAVE_AS}`],
]

/** @throws AppError LIST_EMPTY for an empty file, FILE_FORMAT_UNSUPPORTED for one that is neither a list nor a workbook */
export async function detectFormat(path: string): Promise<FileFormat> {
  const head = await readHead(path)
  const hex = head.toString('hex', 0, 16)
  if (head.length === 0) throw new AppError('LIST_EMPTY', 'the file is empty')
  if (ZIP.some((signature) => hex.startsWith(signature))) return 'xlsx'
  if (hex.startsWith(OLD_OFFICE)) throw await explainOldOffice(path)
  const known = SIGNATURES.find(([signature]) => hex.startsWith(signature))
  if (known) throw new AppError('FILE_FORMAT_UNSUPPORTED', `the file is ${known[1]}, not a CSV file or a workbook`)
  const start = head.toString('utf8').trimStart() // which takes a byte order mark for white space
  const other = TEXTS.find(([pattern]) => pattern.test(start))
  if (other) throw new AppError('FILE_FORMAT_UNSUPPORTED', `the file is ${other[1]}`)
  return 'csv'
}

/** An old `.xls` and a workbook with a password share one container. */
async function explainOldOffice(path: string): Promise<AppError> {
  const isEncrypted = await includesBytes(path, ENCRYPTED)
  const what = isEncrypted
    ? 'the workbook has a password; remove the password in Excel and save it as .xlsx'
    : `the file is an old Excel workbook (.xls); ${SAVE_AS}`
  return new AppError('FILE_FORMAT_UNSUPPORTED', what)
}

async function readHead(path: string): Promise<Buffer> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_LENGTH), 0, HEAD_LENGTH, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

async function includesBytes(path: string, bytes: Buffer): Promise<boolean> {
  const file = await open(path)
  let tail: Buffer = Buffer.alloc(0)
  for await (const chunk of file.createReadStream() as AsyncIterable<Buffer>) {
    const seen = Buffer.concat([tail, chunk])
    if (seen.includes(bytes)) return true
    tail = seen.subarray(-bytes.length)
  }
  return false
}
