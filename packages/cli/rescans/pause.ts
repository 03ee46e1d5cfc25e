import { withExamples } from '#cli/command'
import { changeAndShow } from '#cli/rescans/report'

export const pauseCommand = withExamples(
  {
    args: { json: { type: 'boolean', description: 'Print JSON' } },
    run: ({ args }) => changeAndShow({ paused: true }, args.json === true),
  },
  ['npx hunter rescans pause'],
)
