import type { HandledMethod, Handlers } from './handlers.js'
import * as health from './health.js'
import * as metadata from './metadata.js'
import * as repository from './repository.js'
import * as sharedMemory from './shared-memory.js'
import * as statistics from './statistics.js'

/** Every call except inference. */
export const HANDLERS: Handlers = {
  ...health,
  ...metadata,
  ...repository,
  ...sharedMemory,
  ...statistics,
}

/** Calls that need no key, because they only ask whether the server lives. */
export const OPEN_CALLS: ReadonlySet<HandledMethod> = new Set(['serverLive', 'serverReady'])
