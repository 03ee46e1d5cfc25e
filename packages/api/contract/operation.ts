/** The types of a resource's `contract.ts`: one entry for each route of its table. */
import type { ParamKeys } from 'hono/types'
import type * as z from 'zod/mini'
import type { RouteTable } from '#api/http/route'
import type { ErrorCode } from '#platform/errors'

/** The operation answers a file to download, without the envelope. */
export interface FileAnswer {
  /** Media types that the file may have. */
  file: readonly string[]
  /** True: 303 answers with the address of a large file. */
  mayBeElsewhere?: true
}

export interface Operation<AnswerName = string> {
  /** One short sentence, without a full stop. */
  summary: string
  /** What a caller should know beyond the summary: whole sentences. */
  description?: string
  params?: z.ZodMiniObject | undefined
  query?: z.ZodMiniObject | undefined
  /** Headers that the operation requires besides the key. */
  headers?: z.ZodMiniObject
  body?: z.ZodMiniObject | undefined
  /** Media types of a file that may be the body instead; one of a form is a form with this file. */
  files?: readonly string[]
  /** True: a form with the same fields may be the body instead. */
  isForm?: true
  /** A path, a query and a body that work once the lead and the job that they name exist; and an answer that is text or a page. */
  example?: { params?: Record<string, string>; query?: Record<string, string>; body?: unknown; text?: string }
  status?: 200 | 201 | 202
  /**
   * True: the operation takes an Idempotency-Key. `not`: why an operation that changes something may be repeated
   * without one.
   */
  idempotent?: true | { not: string } | undefined
  /** True: Accept-Language chooses the language of the answer. */
  inLanguage?: true
  /** True: the header Location names what the request created. */
  hasLocation?: true
  /** True: clients should stop using the operation. */
  deprecated?: true
  /**
   * Name of a schema in the contract's `answers`; `text` and `page`: plain text and HTML, without the envelope; `gone`: the
   * operation always fails.
   */
  answer: AnswerName | 'text' | 'page' | 'gone' | FileAnswer
  /** Errors beyond those of every operation with a key. */
  errors?: ErrorCode[]
}

/** Requires a schema for each path parameter. */
type Params<Path> = [ParamKeys<Path>] extends [never]
  ? { params?: undefined }
  : { params: z.ZodMiniObject<Record<ParamKeys<Path>, z.ZodMiniType>> }

/** Requires a schema for what the route takes, and none for anything else. */
type Input<R, Part extends 'query' | 'body'> = R extends { takes: readonly (infer Taken)[] }
  ? Part extends Taken
    ? { [Name in Part]: z.ZodMiniObject }
    : { [Name in Part]?: undefined }
  : { [Name in Part]?: undefined }

type Idempotent<Path> = Path extends `get ${string}`
  ? { idempotent?: undefined }
  : { idempotent: true | { not: string } }

/** Does not compile when a route of the table has no operation, or a path parameter has no schema. */
export interface Contract<T extends RouteTable, Answers extends object = Record<string, z.ZodMiniType>> {
  /** Schemas of the routes' `data`, and of the parts that the document names. Tests hold real answers to them. */
  answers: Answers
  operations: {
    [Name in keyof T]: Operation<keyof Answers> &
      Params<T[Name]['route']> &
      Input<T[Name], 'query'> &
      Input<T[Name], 'body'> &
      Idempotent<T[Name]['route']>
  }
}
