/** Access to Partner Center from the stored sign-in. */
import { AppError } from '#platform/errors'
import {
  type Connection,
  type ConnectionDeps,
  findConnection,
  noteProblem,
  openConnection,
  replaceRefreshToken,
} from '#referrals/connection'
import { redeemRefreshToken, type SignInDeps } from '#referrals/sign-in'

type AccessDeps = ConnectionDeps & SignInDeps

/**
 * Redeems the refresh token, and stores the one that comes back before anything else happens. A process that is killed in
 * between loses nothing: Microsoft does not revoke a refresh token that was used, so the stored one works until it is 90 days old.
 * Returns the access token. @throws AppError PARTNER_NOT_CONNECTED, PARTNER_SIGN_IN_EXPIRED, PARTNER_CENTER_UNAVAILABLE
 */
export async function openAccess(deps: AccessDeps, until: Date): Promise<string> {
  const connection = await requireConnection(deps)
  openConnection(deps, connection) // another pepper is a fault of this process: it must not sign the others out
  try {
    return await redeem(deps, connection, until)
  } catch (thrown) {
    if (!isExpired(thrown)) throw thrown
    if (await noteProblem(deps.db, connection.generation, thrown.message)) throw thrown
    // another process replaced the token while this one was refused: the new one decides
    return redeem(deps, await requireConnection(deps), until)
  }
}

async function redeem(deps: AccessDeps, connection: Connection, until: Date): Promise<string> {
  const { generation } = connection
  const { app, refreshToken } = openConnection(deps, connection)
  const tokens = await redeemRefreshToken(deps, app, refreshToken, until)
  if (tokens.refresh !== null) await replaceRefreshToken(deps, { generation, refreshToken: tokens.refresh })
  return tokens.access
}

export async function requireConnection({ db }: Pick<ConnectionDeps, 'db'>): Promise<Connection> {
  const connection = await findConnection(db)
  if (connection) return connection
  throw new AppError('PARTNER_NOT_CONNECTED', 'there is no sign-in to Partner Center yet')
}

function isExpired(thrown: unknown): thrown is AppError {
  return thrown instanceof AppError && thrown.code === 'PARTNER_SIGN_IN_EXPIRED'
}
