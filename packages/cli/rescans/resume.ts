import { withExamples } from '#cli/command'
import { changeAndShow } from '#cli/rescans/report'

export const resumeCommand = withExamples(
  {
    args: { json: { type: 'boolean', description: 'Print JSON' } },
    run: ({ args }) => changeAndShow({ paused: false }, args.json === true),
  },
  ['npx hunter rescans resume'],
)
