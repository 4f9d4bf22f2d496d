import type { InferenceService } from './inference-service.js'
import type { Limits } from './limits.js'
import type { MemoryBudget } from './memory-budget.js'
import type { Observer } from './telemetry/observer.js'
import type { Tenants } from './tenants.js'

/** What every route works with. */
export interface Context {
  readonly service: InferenceService
  readonly observer: Observer
  readonly tenants: Tenants
  readonly memoryBudget: MemoryBudget
  readonly limits: Limits
  /** The same for calls that ask whether the server lives, so that requests cannot keep them from being answered. */
  readonly probes: Allowance
  /** The same for calls that watch whether it lives, which must keep neither from being answered. */
  readonly watches: Allowance
  /** The memory of pages over HTTP, so that those who do not read theirs keep nobody from inference. */
  readonly pages: MemoryBudget
}

/** What calls may take of the server. */
export type Allowance = Pick<Context, 'memoryBudget' | 'limits'>
