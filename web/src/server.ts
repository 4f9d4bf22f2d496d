/** What the page asks of the server that sent it. */

import type { Trial, TrialRequest } from '../../src/serve/planning/trial.js'
import type { ServerState, StateHistory } from '../../src/serve/telemetry/state.js'

const KEY = 'eclip-api-key'

/** The server asks for an API key, or for another one. */
export class KeyNeeded extends Error {}

/** Keeps the key until the tab is closed, and sends it to this server only. */
export function keepKey(key: string): void {
  sessionStorage.setItem(KEY, key)
}

export function fetchState(): Promise<ServerState> {
  return ask('eclip/state')
}

export function fetchHistory(): Promise<StateHistory> {
  return ask('eclip/history')
}

/** Simulates another plan on the requests of the last minutes. */
export function tryPlan(request: TrialRequest): Promise<Trial> {
  return ask('eclip/trials', request)
}

/** Puts a plan into force that was tried before. */
export async function applyTrial(id: string): Promise<void> {
  await ask(`eclip/trials/${encodeURIComponent(id)}/apply`, {})
}

/** A server that accepts a request but does not answer within this time, ms, counts as lost. */
const PATIENCE_MS = 5000

async function ask<T>(path: string, body?: object): Promise<T> {
  const key = sessionStorage.getItem(KEY)
  const response = await fetch(path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(key !== null && { authorization: `Bearer ${key}` }),
    },
    // Requests with a body make the server work, which takes as long as it takes.
    ...(body === undefined
      ? { signal: AbortSignal.timeout(PATIENCE_MS) }
      : { body: JSON.stringify(body) }),
  })
  if (response.status === 401) throw new KeyNeeded()
  const answer = await response.json().catch(() => ({}))
  if (response.ok) return answer
  throw new Error(answer.error ?? `HTTP ${response.status}`)
}
