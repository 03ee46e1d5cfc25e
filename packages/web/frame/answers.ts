/** The latest answers of the API, so that Back shows its rows at once while a fresh answer is on its way. */
const ANSWERS_MAX = 60
const answers = new Map<string, unknown>()

export function readAnswer(key: string): unknown {
  return answers.get(key)
}

export function keepAnswer(key: string, answer: unknown): void {
  answers.delete(key)
  answers.set(key, answer)
  for (const oldest of answers.keys()) {
    if (answers.size <= ANSWERS_MAX) break
    answers.delete(oldest)
  }
}

/** Drops the answers whose key begins so: all by default. */
export function forgetAnswers(prefix = ''): void {
  for (const key of answers.keys()) if (key.startsWith(prefix)) answers.delete(key)
}
