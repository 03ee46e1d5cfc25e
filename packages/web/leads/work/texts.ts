import { en } from '#web/leads/work/en'
import { tr } from '#web/leads/work/tr'

export const workTexts = { en, tr }
