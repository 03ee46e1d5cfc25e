/**
 * fast-check with one seed for every run: the same commit gives the same answer everywhere. `HUNTER_TEST_SEED` sets
 * another seed, and `HUNTER_TEST_SEED=random` tries new inputs.
 */
// oxlint-disable-next-line no-restricted-imports -- the one place that seeds it
import { configureGlobal } from 'fast-check'
// oxlint-disable-next-line no-restricted-imports -- the same
export * from 'fast-check'

const wished = process.env['HUNTER_TEST_SEED'] ?? '20261129'
const seed = wished === 'random' ? Date.now() % 2 ** 31 : Number(wished)
if (wished === 'random') console.log(`HUNTER_TEST_SEED=${seed}`)
configureGlobal({ seed })
