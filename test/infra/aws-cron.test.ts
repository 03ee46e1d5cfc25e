import { expect, test } from 'vitest'
import { awsCron } from '#infra/aws-cron'

test.each([
  ['0 3 * * *', 'cron(0 3 * * ? *)'],
  ['30 4 1 * *', 'cron(30 4 1 * ? *)'],
  ['0 5 * * SUN', 'cron(0 5 ? * SUN *)'],
  ['15 * * * *', 'cron(15 * * * ? *)'],
])('writes %s as AWS reads it: %s', (cron, expected) => {
  expect(awsCron(cron)).toBe(expected)
})
