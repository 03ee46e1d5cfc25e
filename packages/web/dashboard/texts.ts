import { en } from '#web/dashboard/en'
import { tr } from '#web/dashboard/tr'

export const dashboardTexts = { en, tr }
