/**
 * Explains errors of the operating system: names the path, host or limit, so that nothing looks like a bug of Hunter.
 */
import { AppError, type ErrorCode } from '#platform/errors'

type SystemError = NodeJS.ErrnoException & { address?: string; port?: number; hostname?: string; dest?: string }

const FILE: Record<string, string> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'it is a folder',
  ENOTDIR: 'it is not a folder',
  EEXIST: 'it already exists',
  ENOTEMPTY: 'the folder is not empty',
  EROFS: 'the file system is read-only',
  EBUSY: 'it is in use',
  ETXTBSY: 'it is in use',
  ELOOP: 'its symbolic links lead in a circle',
  ENAMETOOLONG: 'its name is too long',
  EXDEV: 'the target is on another file system',
}

const HOST: Record<string, string> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the connection was closed',
  ECONNABORTED: 'the connection was closed',
  EPIPE: 'the connection was closed',
  UND_ERR_SOCKET: 'the connection was closed',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the name server does not answer',
  ETIMEDOUT: 'no answer in time',
  UND_ERR_CONNECT_TIMEOUT: 'no answer in time',
  UND_ERR_HEADERS_TIMEOUT: 'no answer in time',
  UND_ERR_BODY_TIMEOUT: 'no answer in time',
  EHOSTUNREACH: 'no route to the host',
  EHOSTDOWN: 'no route to the host',
  ENETUNREACH: 'no route to the network',
  ENETDOWN: 'the network is down',
}

const EXHAUSTED: Record<string, string> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file is larger than the file system allows',
  EMFILE: 'this process has too many open files (ulimit -n)',
  ENFILE: 'this machine has too many open files',
  ENOMEM: 'memory is used up',
}

const PORT: Record<string, string> = {
  EADDRINUSE: 'another program listens there',
  EADDRNOTAVAIL: 'this machine has no such address',
  EACCES: 'permission denied',
}

const TLS = /^(?:CERT_|ERR_TLS_|ERR_SSL_|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_|HOSTNAME_MISMATCH|EPROTO$)/
const PROXY = /^ERR_PROXY_/
const LISTENS = new Set(['listen', 'bind'])

/**
 * Turns the first system error along the causes into an AppError that the user can act on; undefined when there is
 * none. `what` names the file or host when the error does not.
 */
export function explainSystemError(thrown: unknown, what?: string): AppError | undefined {
  for (const error of listCauses(thrown) as SystemError[]) {
    const found = explain(error, what)
    if (found) return new AppError(found.code, found.message, { cause: thrown })
  }
  return undefined
}

function explain(error: SystemError, what?: string): { code: ErrorCode; message: string } | undefined {
  const { code = '', syscall = '' } = error
  if (EXHAUSTED[code]) return { code: 'SYSTEM_EXHAUSTED', message: nameFirst(error.path ?? what, EXHAUSTED[code]) }
  if (LISTENS.has(syscall) && PORT[code]) {
    return { code: 'PORT_UNAVAILABLE', message: `${formatHost(error) ?? 'the port'} cannot be used: ${PORT[code]}` }
  }
  if (HOST[code]) {
    return {
      code: 'HOST_UNREACHABLE',
      message: `${formatHost(error) ?? what ?? 'a server'} cannot be reached: ${HOST[code]}`,
    }
  }
  if (TLS.test(code)) {
    return {
      code: 'HOST_UNREACHABLE',
      message: `${formatHost(error) ?? what ?? 'a server'} is not trusted: ${error.message}`,
    }
  }
  if (PROXY.test(code)) return { code: 'HOST_UNREACHABLE', message: `the proxy failed: ${error.message}` }
  // without a syscall it is an error of ours with the same code
  const path = error.path ?? what
  if (FILE[code] && syscall !== '' && path !== undefined) {
    return { code: 'FILE_UNUSABLE', message: `${path} cannot be used: ${FILE[code]}` }
  }
  return undefined
}

function nameFirst(name: string | undefined, text: string): string {
  return name === undefined ? text : `${name} cannot be used: ${text}`
}

function formatHost({ address, hostname, port }: SystemError): string | undefined {
  const host = hostname ?? address
  if (host === undefined) return undefined
  return port === undefined ? host : `${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** Lists the error, its causes, and the members of an AggregateError (a host with several addresses gives one). */
function listCauses(thrown: unknown, depth = 0): Error[] {
  if (!(thrown instanceof Error) || depth > 5) return []
  const inner = thrown instanceof AggregateError ? thrown.errors : []
  return [thrown, ...[...inner, thrown.cause].flatMap((cause) => listCauses(cause, depth + 1))]
}
