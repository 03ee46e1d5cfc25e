import { en } from '#web/leads/menus/en'
import { tr } from '#web/leads/menus/tr'

export const menuTexts = { en, tr }
