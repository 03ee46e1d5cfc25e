declare module 'subset-font' {
  interface Options {
    targetFormat: 'truetype'
    /** OpenType features that stay. */
    keepFeatures: string[]
    noHinting: boolean
  }
  export default function subsetFont(font: Buffer, letters: string, options: Options): Promise<Buffer>
}
