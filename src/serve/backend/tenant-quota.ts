import { addTo } from '../../maps.js'

/**
 * Room for the requests of one model that wait or run, shared evenly by the tenants that are present. A tenant who
 * is alone has all of it; one who comes later still finds an even part, whatever the others hold.
 */
export class TenantQuota {
  readonly #most: () => number
  readonly #byTenant = new Map<string, number>()
  #held = 0

  /** @param most gives the rows that all requests together may have at this moment */
  constructor(most: () => number) {
    this.#most = most
  }

  get held(): number {
    return this.#held
  }

  /** Whether a request may enter. Each tenant that is present, and the one that asks, has an even part. */
  hasRoom(tenant: string, rows: number): boolean {
    const own = (this.#byTenant.get(tenant) ?? 0) + rows
    const tenants = this.#byTenant.size + (this.#byTenant.has(tenant) ? 0 : 1)
    return own <= this.#most() / tenants
  }

  enter(tenant: string, rows: number): void {
    this.#held += rows
    addTo(this.#byTenant, tenant, rows)
  }

  leave(tenant: string, rows: number): void {
    this.#held -= rows
    const left = (this.#byTenant.get(tenant) ?? 0) - rows
    if (left > 0) this.#byTenant.set(tenant, left)
    else this.#byTenant.delete(tenant)
  }
}
