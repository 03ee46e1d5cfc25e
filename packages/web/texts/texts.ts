import { loadTexts } from '#web/frame/language'

/** The texts of the frame and of the list of leads, for `useTexts`. Any other view has its own beside it. */
export const texts = await loadTexts({ en: () => import('#web/texts/en'), tr: () => import('#web/texts/tr') })
