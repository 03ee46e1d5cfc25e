import { defineCommand } from 'citty'
import { deferCommand } from '#cli/command'

export const rescansCommand = defineCommand({
  subCommands: {
    status: deferCommand('Show the schedule of rescans, what it did today and what waits', () =>
      import('#cli/rescans/status').then((file) => file.statusCommand),
    ),
    set: deferCommand('Change how often leads are scanned again, and how many a day', () =>
      import('#cli/rescans/set').then((file) => file.setCommand),
    ),
    pause: deferCommand('Start no more rescans by schedule until they are resumed', () =>
      import('#cli/rescans/pause').then((file) => file.pauseCommand),
    ),
    resume: deferCommand('Resume rescans by schedule', () =>
      import('#cli/rescans/resume').then((file) => file.resumeCommand),
    ),
  },
})
