/** What the client can call: types alone, derived from the tables of routes and from the contract's schemas. */
import type * as z from 'zod/mini'
import type { FileAnswer } from '#api/contract/operation'
import type { Contracts } from '#api/contract/operations'
import type { RouteName } from '#api/http/route'
import type { Resource, TABLES } from '#api/route-table'

type Tables = typeof TABLES

interface Described {
  method: string
  path: string
  operation: object
  answers: object
}

/** `/api/v1/leads/:domain` → `/leads/{domain}` */
type ClientPath<Path extends string> = Braces<Path extends `/api/v1${infer Rest}` ? Rest : Path>
type Braces<Path extends string> = Path extends `${infer Head}/:${infer Name}/${infer Tail}`
  ? Braces<`${Head}/{${Name}}/${Tail}`>
  : Path extends `${infer Head}/:${infer Name}`
    ? `${Head}/{${Name}}`
    : Path

type Describe<Route extends RouteName, Operation, Answers> = Route extends `${infer Method} ${infer Path}`
  ? { method: Method; path: ClientPath<Path>; operation: Operation; answers: Answers }
  : never

type AllOperations = {
  [Name in Resource]: {
    [Key in keyof Tables[Name]]: Describe<
      Tables[Name][Key] extends { route: infer Route extends RouteName } ? Route : never,
      Contracts[Name]['operations'][Key & keyof Contracts[Name]['operations']],
      Contracts[Name]['answers']
    >
  }[keyof Tables[Name]]
}[Resource]

/** `get /leads/{domain}` and so on, each with what it takes and answers. */
export type ClientOperations = { [One in AllOperations as `${One['method']} ${One['path']}`]: One }

type Schema<Operation, Part extends string> =
  Operation extends Record<Part, infer One extends z.ZodMiniType> ? One : undefined

/** Everything in a URL is text, so an input also accepts the number or boolean that the text becomes. */
type QueryInput<One extends z.ZodMiniType> = {
  [Name in keyof z.input<One>]:
    | z.input<One>[Name]
    | Extract<z.output<One>[Name & keyof z.output<One>], number | boolean>
    | ('true' extends z.input<One>[Name] ? boolean : never)
}

type Part<Name extends string, Value> = [Value] extends [undefined]
  ? { [Key in Name]?: undefined }
  : object extends Value
    ? { [Key in Name]?: Value }
    : { [Key in Name]: Value }

type Body<Operation> =
  | (Schema<Operation, 'body'> extends infer One extends z.ZodMiniType ? z.input<One> : undefined)
  | (Operation extends { files: readonly string[] } ? Blob | FormData : never)
type Query<Operation> = Schema<Operation, 'query'> extends infer One extends z.ZodMiniType ? QueryInput<One> : undefined
type Params<Operation> = Schema<Operation, 'params'> extends infer One extends z.ZodMiniType ? z.input<One> : undefined

export type InputOf<One extends Described> = Part<'params', Params<One['operation']>> &
  Part<'query', Query<One['operation']>> &
  Part<'body', Body<One['operation']>> &
  (One['operation'] extends { idempotent: true }
    ? {
        /** Repeats the call without doing its work twice, for 24 hours; with it, the client may try again by itself. */
        idempotencyKey?: string
      }
    : unknown) & {
    /** Language of the texts in the answer: `tr` or `en`. */
    language?: string
    signal?: AbortSignal
  }

/** The `data` of an answer; a file is a `Blob`, and a text or a page a string. */
export type DataOf<One extends Described> = One['operation'] extends { answer: infer Name }
  ? Name extends 'gone'
    ? never
    : Name extends keyof One['answers']
      ? z.output<Extract<One['answers'][Name], z.ZodMiniType>>
      : Name extends FileAnswer
        ? Blob
        : string
  : never

/** The argument may be left out where nothing in it is required. */
export type Arguments<Input> = object extends Input ? [input?: Input] : [input: Input]
