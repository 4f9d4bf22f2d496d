import type { Cancellation } from './cancellation.js'
import type { Context } from './context.js'
import type { Caller } from './inference-service.js'
import type { Reservation } from './memory-budget.js'
import type { Refusal } from './refusal.js'
import type { RegionLease } from './tensors/shared-memory.js'

/** What is known about an inference request before it is read. */
export interface RequestHead {
  readonly model: string
  /** The key that came with it. */
  readonly authorization: string | undefined
  readonly cancellation: Cancellation
  readonly traceparent: string | undefined
}

/** What an inference request holds until it has ended. */
export interface RequestResources {
  readonly lease: RegionLease
  readonly reservation: Reservation
}

/**
 * Does everything about one inference request, whichever transport brought it: accounts for it, checks its key, and
 * in the end gives back whatever the request held.
 *
 * @param work reads the request, runs it and sends the answer
 * @returns why it was not answered, or undefined if it was
 */
export async function serveInference(
  context: Context,
  { model, authorization, cancellation, traceparent }: RequestHead,
  work: (caller: Caller, resources: RequestResources) => Promise<void>,
): Promise<Refusal | undefined> {
  const { service, tenants, memoryBudget } = context
  const entry = service.accounting.open(service.knows(model, '') ? model : '')
  const lease = service.memory.lease()
  const reservation = memoryBudget.reserve(0)
  try {
    const tenant = tenants.tenantOf(authorization)
    service.accounting.identify(entry, tenant)
    service.checkOpen()
    await work({ tenant, cancellation, traceparent }, { lease, reservation })
    entry.answered()
    return undefined
  } catch (error) {
    const refusal = service.explained(error)
    entry.refused(refusal)
    return refusal
  } finally {
    lease.release()
    reservation.release()
  }
}
