import type { Reservation } from './backend/admission.js'
import type { Context } from './context.js'
import type { Caller } from './inference-service.js'
import type { Presence } from './presence.js'
import type { Refusal } from './refusal.js'
import type { RegionLease } from './tensors/shared-memory.js'

/** What is known about an inference request before it is read. */
export interface Arrival {
  readonly model: string
  /** The key that came with it. */
  readonly authorization: string | undefined
  readonly presence: Presence
  readonly traceparent: string | undefined
}

/** What an inference request holds until it has ended. */
export interface Holdings {
  readonly lease: RegionLease
  readonly reservation: Reservation
}

/**
 * Does everything about one inference request, whichever transport brought it: enters it in the books, checks its
 * key, and in the end gives back whatever the request held.
 *
 * @param work reads the request, runs it and sends the answer
 * @returns why it was not answered, or undefined if it was
 */
export async function takeOn(
  context: Context,
  { model, authorization, presence, traceparent }: Arrival,
  work: (caller: Caller, holdings: Holdings) => Promise<void>,
): Promise<Refusal | undefined> {
  const { service, tenants, admission } = context
  const ticket = service.books.open(service.countedName(model))
  const lease = service.memory.lease()
  const reservation = admission.reserve(0)
  try {
    const tenant = tenants.tenantOf(authorization)
    service.books.identify(ticket, tenant)
    service.checkOpen()
    await work({ tenant, presence, traceparent }, { lease, reservation })
    ticket.answered()
    return undefined
  } catch (error) {
    const refusal = service.explained(error)
    ticket.refused(refusal)
    return refusal
  } finally {
    lease.release()
    reservation.release()
  }
}
