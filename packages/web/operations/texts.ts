import { useTexts } from '#web/frame/language'
import { en } from '#web/operations/en'
import { tr } from '#web/operations/tr'

const operationsTexts = { en, tr }

export function useOperationsTexts() {
  return useTexts(operationsTexts)
}
