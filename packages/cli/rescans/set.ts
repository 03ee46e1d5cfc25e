import { scheduleBody } from '#api/rescans/inputs'
import { checkOptions } from '#cli/check-options'
import { withExamples } from '#cli/command'
import { changeAndShow } from '#cli/rescans/report'

export const setCommand = withExamples(
  {
    args: {
      every: {
        type: 'string',
        valueHint: 'DAYS',
        description: 'Scan a lead again when its answer is older, 1 to 365 days',
      },
      budget: { type: 'string', valueHint: 'DOMAINS', description: 'Domains a day, 0 to 1,000,000' },
      timezone: { type: 'string', valueHint: 'NAME', description: 'Time zone in which a day begins' },
      json: { type: 'boolean', description: 'Print JSON' },
    },
    run: async ({ args: { every, budget, timezone, json } }) => {
      const options = { every_days: toNumber(every), budget: toNumber(budget), timezone }
      const { every_days: everyDays, ...changes } = checkOptions(scheduleBody, options)
      await changeAndShow({ everyDays, ...changes }, json === true)
    },
  },
  ['npx hunter rescans set --every 14 --budget 50000', 'npx hunter rescans set --timezone Europe/Berlin'],
)

/** A text that is no number stays one, and the check says so. */
function toNumber(text: string | undefined): number | string | undefined {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : text
}
