/** The types of a resource's `contract.ts`: one entry for each route of its table. */
import type { ParamKeys } from 'hono/types'
import type * as z from 'zod/mini'
import type { RouteTable } from '#api/http/route'
import type { ErrorCode } from '#platform/errors'

export interface Operation<AnswerName = string> {
  summary: string
  params?: z.ZodMiniObject | undefined
  query?: z.ZodMiniObject
  body?: z.ZodMiniObject
  /** A path and a body that work once the lead and the job that they name exist. */
  example?: { params?: Record<string, string>; body?: unknown }
  status?: 200 | 201 | 202
  /**
   * True: the operation takes an Idempotency-Key. `not`: why an operation that changes something may be repeated
   * without one.
   */
  idempotent?: true | { not: string } | undefined
  /** Name of a schema in the contract's `answers`; `text`: plain text, without the envelope. */
  answer: AnswerName | 'text'
  /** Errors beyond those of every operation with a key. */
  errors?: ErrorCode[]
}

/** Requires a schema for each path parameter. */
type Params<Path> = [ParamKeys<Path>] extends [never]
  ? { params?: undefined }
  : { params: z.ZodMiniObject<Record<ParamKeys<Path>, z.ZodMiniType>> }

type Idempotent<Path> = Path extends `get ${string}`
  ? { idempotent?: undefined }
  : { idempotent: true | { not: string } }

/** Does not compile when a route of the table has no operation, or a path parameter has no schema. */
export interface Contract<T extends RouteTable, Answers extends object = Record<string, z.ZodMiniType>> {
  /** Schemas of the routes' `data`, and of the parts that the document names. Tests hold real answers to them. */
  answers: Answers
  operations: {
    [Name in keyof T]: Operation<keyof Answers> & Params<T[Name]['route']> & Idempotent<T[Name]['route']>
  }
}
