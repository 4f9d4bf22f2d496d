import type { Admission } from './backend/admission.js'
import type { InferenceService } from './inference-service.js'
import type { Limits } from './limits.js'
import type { Observer } from './telemetry/observer.js'
import type { Tenants } from './tenants.js'

/** What every route works with. */
export interface Context {
  readonly service: InferenceService
  readonly observer: Observer
  readonly tenants: Tenants
  readonly admission: Admission
  readonly limits: Limits
  /** The same for those who ask whether the server lives: requests must not keep them from being answered. */
  readonly probes: Allowance
  /** The same for those who watch it, who must keep neither from being answered. */
  readonly watches: Allowance
}

/** What calls may take of the server. */
export type Allowance = Pick<Context, 'admission' | 'limits'>
