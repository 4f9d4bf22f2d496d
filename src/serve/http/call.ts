/** What a handler is given. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Context } from '../context.js'

/** One request of a route, with what its URL names. */
export interface Call {
  readonly context: Context
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** The decoded value of each `:name` in the route; empty where the route has none. */
  readonly named: Readonly<Record<string, string | undefined>>
}

/** Answers a call, or throws Refusal. */
export type Handler = (call: Call) => void | Promise<void>
