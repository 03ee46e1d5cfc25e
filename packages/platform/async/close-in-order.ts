/** Closes, then removes, even when closing fails. */
export async function closeInOrder(close: () => Promise<void>, remove: () => Promise<void>): Promise<void> {
  try {
    await close()
  } finally {
    await remove()
  }
}
