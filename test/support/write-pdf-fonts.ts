/** Makes the fonts of the PDF: the letters that it can show, out of the whole Inter. Run it after an update of either package. */
import { copyFile, readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import subsetFont from 'subset-font'
import { LETTERS } from '#exports/pdf/letters'

const SOURCE = path.dirname(createRequire(import.meta.url).resolve('@expo-google-fonts/inter/package.json'))
const TARGET = path.join(import.meta.dirname, '../../packages/exports/pdf')

export const FONTS = [
  { file: 'inter-regular.ttf', source: '400Regular/Inter_400Regular.ttf' },
  { file: 'inter-semibold.ttf', source: '600SemiBold/Inter_600SemiBold.ttf' },
]
/** Without ligatures and alternates: each glyph is one letter, and a copied record is what was published. */
const FEATURES = ['kern']

export async function makeFont(source: string): Promise<Buffer> {
  const whole = await readFile(path.join(SOURCE, source))
  return subsetFont(whole, LETTERS, { targetFormat: 'truetype', keepFeatures: FEATURES, noHinting: true })
}

if (import.meta.main) {
  for (const { file, source } of FONTS) await writeFile(path.join(TARGET, file), await makeFont(source))
  await copyFile(path.join(SOURCE, 'LICENSE_FONT'), path.join(TARGET, 'OFL.txt'))
}
