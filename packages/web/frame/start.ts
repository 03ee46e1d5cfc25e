/** Begins to load the first view, while the texts are on their way too. */
import { getPath } from '#web/frame/address'
import { findView } from '#web/frame/views'

findView(getPath())
  ?.load()
  .catch(() => undefined) // the shell asks once more, and shows what fails
