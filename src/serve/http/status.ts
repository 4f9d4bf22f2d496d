import type { RefusalReason } from '../refusal.js'

/** The HTTP status of each refusal. */
export const HTTP_STATUS: Readonly<Record<RefusalReason, number>> = {
  invalid: 400,
  unauthorized: 401,
  'cross-site': 403,
  'not-found': 404,
  'already-exists': 400,
  'method-not-allowed': 405,
  'unsupported-encoding': 415,
  unsupported: 501,
  'too-large': 413,
  crumbs: 400,
  'request-timeout': 408,
  'model-unavailable': 503,
  overloaded: 429,
  draining: 503,
  late: 504,
  // The client is gone, so nobody reads this.
  cancelled: 499,
  'worker-lost': 503,
  'out-of-memory': 507,
  internal: 500,
}
