import { useTexts } from '#web/frame/language'
import { en } from '#web/backups/en'
import { tr } from '#web/backups/tr'

export function useBackupTexts(): typeof en {
  return useTexts({ en, tr })
}
