import { en } from '#web/sign-in/en'
import { tr } from '#web/sign-in/tr'

export const signInTexts = { en, tr }
