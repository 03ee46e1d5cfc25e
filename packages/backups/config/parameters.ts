import { GetParametersByPathCommand, type SSMClient } from '@aws-sdk/client-ssm'
import { AppError, getErrorMessage } from '#platform/errors'
import type { ConfigFiles } from '#backups/config/files'

interface Parameter {
  name: string
  type: string
  value: string
}

/** Lists every parameter below a path. Secret ones come decrypted or are left out. */
export type ListParameters = (path: string, secrets: 'decrypted' | 'left out') => Promise<Parameter[]>

/** @throws AppError (from the returned function) CONFIG_UNAVAILABLE */
export function createParameterLister(ssm: SSMClient): ListParameters {
  return async (path, secrets) => {
    const found: Parameter[] = []
    let token: string | undefined
    do {
      const page = await talk(path, () =>
        ssm.send(
          new GetParametersByPathCommand({
            Path: path,
            Recursive: true,
            WithDecryption: secrets === 'decrypted',
            NextToken: token,
          }),
        ),
      )
      for (const { Name, Type, Value } of page.Parameters ?? []) {
        if (Name === undefined || Type === undefined || Value === undefined) continue
        const isSealed = Type === SECRET_TYPE && secrets === 'left out'
        found.push({ name: Name, type: Type, value: isSealed ? '' : Value })
      }
      token = page.NextToken
    } while (token)
    return found
  }
}

const SECRET_TYPE = 'SecureString'

/** Writes each parameter to a file of its own, `parameters/<its path>.json`. */
export async function readParameters(
  list: ListParameters,
  paths: string[],
  { hasKey }: { hasKey: boolean },
): Promise<ConfigFiles> {
  const result: ConfigFiles = { files: [], warnings: [] }
  for (const path of paths) {
    const parameters = await list(path, hasKey ? 'decrypted' : 'left out')
    if (parameters.length === 0) result.warnings.push(`there are no parameters below ${path}`)
    for (const { name, type, value } of parameters) {
      const contents = Buffer.from(`${JSON.stringify({ name, type, value }, null, 2)}\n`)
      const file = `parameters/${name.replace(/^\/+/, '')}.json`
      result.files.push({ name: file, contents, isSecret: type === SECRET_TYPE })
    }
  }
  return result
}

async function talk<T>(path: string, request: () => Promise<T>): Promise<T> {
  try {
    return await request()
  } catch (cause) {
    throw new AppError('CONFIG_UNAVAILABLE', `the parameters below ${path} cannot be read: ${getErrorMessage(cause)}`, {
      cause,
    })
  }
}
