/**
 * Room for the requests of one model that wait or run, shared fairly by tenants: whoever holds more
 * than an even part is refused as soon as the room is full, so that the others always find a place.
 */
export class WaitingRoom {
  readonly #most: () => number
  readonly #byTenant = new Map<string, number>()
  #held = 0

  /** @param most rows that all requests together may have at the moment */
  constructor(most: () => number) {
    this.#most = most
  }

  get held(): number {
    return this.#held
  }

  /**
   * Whether a request may enter. Each tenant that is here, and the one that asks, has an even part;
   * beyond it, a request enters only while the even parts of all others stay free.
   */
  hasRoom(tenant: string, rows: number): boolean {
    const own = (this.#byTenant.get(tenant) ?? 0) + rows
    const tenants = this.#byTenant.size + (this.#byTenant.has(tenant) ? 0 : 1)
    const most = this.#most()
    const even = most / tenants
    if (own <= even) return true
    let promised = 0
    for (const [other, held] of this.#byTenant) {
      if (other !== tenant) promised += Math.max(held, even)
    }
    return own + promised <= most
  }

  enter(tenant: string, rows: number): void {
    this.#held += rows
    this.#byTenant.set(tenant, (this.#byTenant.get(tenant) ?? 0) + rows)
  }

  leave(tenant: string, rows: number): void {
    this.#held -= rows
    const left = (this.#byTenant.get(tenant) ?? 0) - rows
    if (left > 0) this.#byTenant.set(tenant, left)
    else this.#byTenant.delete(tenant)
  }
}
