import { hostname, userInfo } from 'node:os'

/** Names who runs the command, for the audit log. */
export function getActor(): string {
  return `cli ${getUserName()}@${hostname()}`
}

/** A container may run as a user id without a name. */
function getUserName(): string {
  try {
    return userInfo().username
  } catch {
    return String(process.getuid?.() ?? 'unknown')
  }
}
