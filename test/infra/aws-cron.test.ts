import { expect, test } from 'vitest'
import { toAwsCron } from '#infra/aws-cron'

test.each([
  ['0 3 * * *', 'cron(0 3 * * ? *)'],
  ['30 4 1 * *', 'cron(30 4 1 * ? *)'],
  ['0 5 * * SUN', 'cron(0 5 ? * SUN *)'],
  ['15 * * * *', 'cron(15 * * * ? *)'],
])('translates %s for EventBridge: %s', (cron, expected) => {
  expect(toAwsCron(cron)).toBe(expected)
})
