/** What a resource's `contract.ts` says of each route of its table. */
import type { ParamKeys } from 'hono/types'
import type * as z from 'zod/mini'
import type { RouteTable } from '#api/http/route'
import type { ErrorCode } from '#platform/errors'

export interface Operation<AnswerName = string> {
  summary: string
  params?: z.ZodMiniObject | undefined
  query?: z.ZodMiniObject
  body?: z.ZodMiniObject
  /** A path and a body that work, once the lead and the job that they name are there. */
  example?: { params?: Record<string, string>; body?: unknown }
  status?: 200 | 201 | 202
  /** Takes an Idempotency-Key; where an operation that changes something takes none, why it may be sent twice all the same. */
  idempotent?: true | { not: string } | undefined
  /** Name of a schema in the contract's `answers`; `text` is plain, in no envelope. */
  answer: AnswerName | 'text'
  /** Beside those of every operation with a key. */
  errors?: ErrorCode[]
}

/** A schema for each parameter of the path. */
type Params<Path> = [ParamKeys<Path>] extends [never]
  ? { params?: undefined }
  : { params: z.ZodMiniObject<Record<ParamKeys<Path>, z.ZodMiniType>> }

type Idempotent<Path> = Path extends `get ${string}`
  ? { idempotent?: undefined }
  : { idempotent: true | { not: string } }

/** A route of the table that has no operation here, or a path parameter that has no schema, does not compile. */
export interface Contract<T extends RouteTable, Answers extends object = Record<string, z.ZodMiniType>> {
  /** What the routes answer as `data`, and the parts that the document names too: tests hold real answers to them. */
  answers: Answers
  operations: {
    [Name in keyof T]: Operation<keyof Answers> & Params<T[Name]['route']> & Idempotent<T[Name]['route']>
  }
}
