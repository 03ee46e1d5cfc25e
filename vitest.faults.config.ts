import { globSync } from 'node:fs'
import { configureSuite, readTest } from './vitest.config.ts'

/** Files of which `npm test` runs a sample. */
const sampled = globSync('test/**/*.test.ts', { cwd: import.meta.dirname }).filter((file) =>
  readTest(file).includes('support/thorough.ts'),
)

/** Every fault, kill and long property: `npm run test:faults`. */
export default configureSuite(['test/**/*.faults.ts', ...sampled], { HUNTER_TEST_THOROUGH: '1' })
