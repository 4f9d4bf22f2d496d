/** What a handler receives. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Context } from '../context.js'
import type { MemoryBudget } from '../memory-budget.js'

/** The names in the URL of a request, decoded. A name that the route does not have is empty. */
export interface Named {
  readonly model: string
  readonly version: string
  readonly region: string
  readonly trial: string
}

/** A request to one of the routes. */
export interface Call {
  readonly context: Context
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** Holds the answer until the client has taken it. */
  readonly memoryBudget: MemoryBudget
  readonly named: Named
}

/** Answers a call, or throws a Refusal. */
export type Handler = (call: Call) => void | Promise<void>
