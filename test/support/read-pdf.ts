/** Reads a PDF by Poppler, which shares no code with the program that wrote it. */
import { execFileSync, spawnSync } from 'node:child_process'
import { hasTool } from './debian-postgres.ts'

export const hasPoppler = (): boolean => hasTool('pdftotext', spawnSync('pdftotext', ['-v']).error === undefined)

const read = (tool: string, options: string[], pdf: Buffer) =>
  execFileSync(tool, [...options, '-'], { input: pdf, encoding: 'utf8' })

/** Lines in the order of the page, with single spaces. */
export function readPdfText(pdf: Buffer): string {
  return execFileSync('pdftotext', ['-layout', '-', '-'], { input: pdf, encoding: 'utf8' }).replace(/[ \n]+/g, ' ')
}

export function readPdfInfo(pdf: Buffer): Record<string, string> {
  const lines = read('pdfinfo', [], pdf).split('\n')
  return Object.fromEntries(lines.map((line) => line.split(/:\s+(.*)/)))
}

/** What a screen reader meets: the tags in their order. */
export function readPdfTags(pdf: Buffer): string[] {
  const lines = read('pdfinfo', ['-struct'], pdf).trim().split('\n')
  return lines.map((line) => line.trim().split(' ')[0] ?? '')
}

interface Word {
  page: number
  left: number
  right: number
  top: number
  bottom: number
  text: string
}

export function readPdfWords(pdf: Buffer): Word[] {
  const html = execFileSync('pdftotext', ['-bbox', '-', '-'], { input: pdf, encoding: 'utf8' })
  return html.split('<page ').flatMap((page, at) =>
    [...page.matchAll(/<word xMin="(.+?)" yMin="(.+?)" xMax="(.+?)" yMax="(.+?)">(.*?)<\/word>/g)].map(
      ([, left, top, right, bottom, text = '']) => ({
        page: at,
        left: Number(left),
        right: Number(right),
        top: Number(top),
        bottom: Number(bottom),
        text,
      }),
    ),
  )
}
