/** Sets text and shapes on A4 pages from top to bottom, each part tagged for a screen reader. */
import type { Font, FontCollection } from 'fontkit'
import type PDFDocument from 'pdfkit'
import { toSetText } from '#exports/pdf/letters'

export const INK = {
  text: '#0f172a',
  muted: '#566173',
  line: '#dfe5ec',
  soft: '#f3f6f9',
  accent: '#0f766e',
  warning: '#b45309',
  dark: '#0b2b33',
  light: '#ffffff',
  pale: '#b9d6d3',
} as const

export const PAGE = { width: 595.28, height: 841.89, side: 44, top: 44, bottom: 58 } as const
export const ROOM = PAGE.width - 2 * PAGE.side

type Weight = 'regular' | 'semibold'
type Tag = 'H1' | 'H2' | 'H3' | 'P' | 'TH' | 'TD' | 'LBody' | 'Span'
type Parent = PDFKit.PDFStructureElement

export interface TextStyle {
  size: number
  weight?: Weight
  color?: string
  lineGap?: number
  linesMax?: number
  align?: 'left' | 'right' | 'center'
  spacing?: number
}

interface Box {
  x: number
  y: number
  width: number
}

export interface Fonts {
  regular: Font | FontCollection
  semibold: Font | FontCollection
}

/** No text that a page shows is longer. */
const LENGTH_MAX = 900

export type Sheet = ReturnType<typeof createSheet>

export function createSheet(doc: InstanceType<typeof PDFDocument>, { semibold, regular }: Fonts) {
  // the types do not know that a font may be parsed already
  doc.registerFont('regular', regular as unknown as Buffer).registerFont('semibold', semibold as unknown as Buffer)
  const root = doc.struct('Document')
  doc.addStructure(root)

  const use = ({ size, weight = 'regular' }: TextStyle) => doc.font(weight).fontSize(size)
  const layOut = (style: TextStyle, width: number) => {
    const { linesMax = 3, lineGap = 2, align = 'left', spacing = 0 } = style
    const lineHeight = use(style).currentLineHeight(true) + lineGap
    return { options: { width, lineGap, align, characterSpacing: spacing }, lineHeight, linesMax }
  }

  const sheet = {
    doc,
    root,
    y: PAGE.top as number,
    /** Height that the text takes, within its `linesMax`. */
    measure(text: string, style: TextStyle, width: number): number {
      const { options, lineHeight, linesMax } = layOut(style, width)
      return Math.min(doc.heightOfString(toSetText(text, LENGTH_MAX), options), lineHeight * linesMax)
    },

    measureWidth(text: string, style: TextStyle): number {
      return use(style).widthOfString(toSetText(text, LENGTH_MAX))
    },

    /** Sets text as a part of the structure; returns its height. */
    write(parent: Parent, tag: Tag, text: string, style: TextStyle, { x, y, width }: Box): number {
      if (text === '') return 0
      const height = sheet.measure(text, style, width)
      const { options, lineHeight, linesMax } = layOut(style, width)
      // half a line more than the lines need: PDFKit compares sums of fractions
      const limits = { height: (linesMax + 0.5) * lineHeight, ellipsis: true }
      const content = doc.markStructureContent(tag)
      doc.fillColor(style.color ?? INK.text).text(toSetText(text, LENGTH_MAX), x, y, { ...options, ...limits })
      doc.endMarkedContent()
      parent.add(doc.struct(tag, {}, [content]))
      return height
    },

    /** Draws what carries no meaning of its own: a screen reader passes over it. */
    decorate(draw: () => void): void {
      doc.markContent('Artifact', { type: 'Layout' })
      draw()
      doc.endMarkedContent()
    },

    /** Draws a picture that a screen reader names by its text. */
    picture(parent: Parent, alt: string, draw: () => void): void {
      const content = doc.markStructureContent('Figure')
      draw()
      doc.endMarkedContent()
      parent.add(doc.struct('Figure', { alt }, [content]))
    },

    hasRoom(height: number): boolean {
      return sheet.y + height <= PAGE.height - PAGE.bottom
    },

    /** Begins a page when the rest of this one is too low. */
    keepTogether(height: number): void {
      if (sheet.hasRoom(height)) return
      doc.addPage()
      sheet.y = PAGE.top
    },

    pages: () => doc.bufferedPageRange().count,
  }
  return sheet
}
