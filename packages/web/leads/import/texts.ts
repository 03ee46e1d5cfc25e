import { en } from '#web/leads/import/en'
import { tr } from '#web/leads/import/tr'

export const importTexts = { en, tr }
