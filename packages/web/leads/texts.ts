import { en } from '#web/leads/en'
import { tr } from '#web/leads/tr'

export const leadsTexts = { en, tr }
