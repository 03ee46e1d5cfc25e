/**
 * Keeps the texts of a workbook as bytes. As strings they would take several times as much: each keeps alive the part of
 * the file that it was cut from.
 */
import { AppError } from '#platform/errors'

export interface PackedTexts {
  /** @throws AppError FILE_TOO_LARGE */
  add: (text: string) => void
  /** @throws AppError FILE_DAMAGED for a number that no text has */
  get: (number: number) => string
}

const TEXTS_MAX = 2_000_000
const BYTES_MAX = 64 * 1024 * 1024
const BYTES_FIRST = 64 * 1024

export function createPackedTexts(): PackedTexts {
  let bytes = Buffer.allocUnsafe(BYTES_FIRST)
  const ends: number[] = []
  let end = 0
  return {
    add: (text) => {
      const needed = end + text.length * 3 // bytes of UTF-8 for a UTF-16 unit at most
      if (needed > BYTES_MAX || ends.length >= TEXTS_MAX) {
        throw new AppError('FILE_TOO_LARGE', 'the workbook has too much text')
      }
      if (needed > bytes.length) bytes = Buffer.concat([bytes], Math.max(needed, bytes.length * 2))
      end += bytes.write(text, end)
      ends.push(end)
    },
    get: (number) => {
      const last = ends[number]
      if (last === undefined) {
        throw new AppError(
          'FILE_DAMAGED',
          `a cell names the text ${number + 1} of the workbook, which has ${ends.length}`,
        )
      }
      return bytes.toString('utf8', ends[number - 1] ?? 0, last)
    },
  }
}
