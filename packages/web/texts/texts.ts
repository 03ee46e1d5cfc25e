import { en } from '#web/texts/en'
import { tr } from '#web/texts/tr'

/** The texts of the frame, for `useTexts`. Each view has its own beside it. */
export const texts = { en, tr }
