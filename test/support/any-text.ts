import * as fc from './seeded.ts'

/** Any UTF-16 code units, half surrogate pairs and NUL included. */
export const anyText = fc
  .array(fc.oneof(fc.nat(0xff), fc.nat(0xffff)), { maxLength: 80 })
  .map((units) => String.fromCharCode(...units))
