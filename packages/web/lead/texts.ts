import { en } from '#web/lead/en'
import { tr } from '#web/lead/tr'

export const leadTexts = { en, tr }
