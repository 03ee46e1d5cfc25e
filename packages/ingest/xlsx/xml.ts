/** Parses XML of any length in little memory. */
import { TextDecoder } from 'node:util'
import { SaxesParser } from 'saxes'
import { AppError, getErrorMessage } from '#platform/errors'

export interface XmlHandlers {
  /** Names come without their prefix: some programs write `x:row`. */
  open?: (name: string, attributes: Record<string, string>) => void
  close?: (name: string) => void
  text?: (text: string) => void
}

/** The parser holds a text until it ends. A text in a workbook has at most 32,767 characters, some of them escaped. */
const PENDING_LENGTH_MAX = 1024 * 1024

/**
 * Yields after each chunk, so that the caller can take what the handlers collected.
 * @throws AppError FILE_DAMAGED for what is not well-formed, FILE_TOO_LARGE for a text without end
 */
export async function* parseXml(chunks: AsyncIterable<Buffer>, handlers: XmlHandlers): AsyncGenerator<void> {
  const parser = new SaxesParser()
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let pending = 0
  parser.on('opentag', ({ name, attributes }) => {
    pending = 0
    handlers.open?.(cutPrefix(name), attributes)
  })
  parser.on('closetag', ({ name }) => {
    pending = 0
    handlers.close?.(cutPrefix(name))
  })
  parser.on('text', (text) => handlers.text?.(text))
  parser.on('cdata', (text) => handlers.text?.(text))
  parser.on('doctype', () => {
    throw new AppError('FILE_DAMAGED', 'the workbook declares a document type, which no workbook has')
  })
  for await (const chunk of chunks) {
    const text = decode(decoder, chunk)
    pending += text.length
    if (pending > PENDING_LENGTH_MAX) {
      throw new AppError('FILE_TOO_LARGE', 'a cell of the workbook has more than 32,767 characters')
    }
    parse(() => parser.write(text))
    yield
  }
  parse(() => parser.close())
}

function decode(decoder: TextDecoder, chunk: Buffer): string {
  try {
    return decoder.decode(chunk, { stream: true })
  } catch (cause) {
    throw new AppError('FILE_DAMAGED', 'the workbook is damaged: a part is not UTF-8', { cause })
  }
}

function parse(work: () => unknown): void {
  try {
    work()
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    throw new AppError('FILE_DAMAGED', `the workbook is damaged: ${getErrorMessage(cause)}`, { cause })
  }
}

function cutPrefix(name: string): string {
  return name.slice(name.indexOf(':') + 1)
}
