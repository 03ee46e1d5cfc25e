/**
 * `npm test` runs a sample of each slow guarantee's cases, and `npm run test:thorough` all of them. A test file that imports
 * this one belongs to both.
 */
export const isThorough = process.env['HUNTER_TEST_THOROUGH'] === '1'

/** All of the cases; in `npm test` the first `few` of them. */
export function sampleOf<T>(cases: T[], few = 1): T[] {
  return isThorough ? cases : cases.slice(0, few)
}
