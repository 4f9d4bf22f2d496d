/** What a handler is given. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Context } from '../context.js'

/** What the URL of a request names, decoded; empty is what its route does not have. */
export interface Named {
  readonly model: string
  readonly version: string
  readonly region: string
  readonly trial: string
}

/** One request of a route. */
export interface Call {
  readonly context: Context
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly named: Named
}

/** Answers a call, or throws Refusal. */
export type Handler = (call: Call) => void | Promise<void>
