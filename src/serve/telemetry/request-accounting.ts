import { addTo, getOrMake } from '../../maps.js'
import { sum } from '../../numbers.js'
import { ENDINGS, type Ending, isFaulty, type Refusal, type RefusalReason } from '../refusal.js'

/** What became of the inference requests for one model. */
export class Account {
  received = 0
  answered = 0
  readonly notAnswered = new Map<RefusalReason, number>()

  /** Requests that have been received and have not ended. */
  get open(): number {
    return this.received - this.answered - sum(this.notAnswered.values())
  }

  /** Requests that ended in this way. */
  total(ending: Ending): number {
    return this.#notAnsweredBy((reason) => ENDINGS[reason] === ending)
  }

  /** Requests that were refused for what they are. */
  get faulty(): number {
    return this.#notAnsweredBy(isFaulty)
  }

  #notAnsweredBy(holds: (reason: RefusalReason) => boolean): number {
    let total = 0
    for (const [reason, count] of this.notAnswered) if (holds(reason)) total += count
    return total
  }
}

/** One request. Only the first time it ends counts. */
export class RequestEntry {
  readonly #accounts: Account[]
  #isOpen = true

  constructor(account: Account) {
    this.#accounts = [account]
    account.received++
  }

  /** Enters the request in a further account as well. */
  enter(account: Account): void {
    this.#accounts.push(account)
    account.received++
  }

  answered(): void {
    if (!this.#end()) return
    for (const account of this.#accounts) account.answered++
  }

  refused({ reason }: Refusal): void {
    if (!this.#end()) return
    for (const { notAnswered } of this.#accounts) addTo(notAnswered, reason, 1)
  }

  #end(): boolean {
    const wasOpen = this.#isOpen
    this.#isOpen = false
    return wasOpen
  }
}

/**
 * Every inference request is entered when its head is read, and ends exactly once:
 * received = answered + refused + dropped + failed + open.
 */
export class RequestAccounting {
  readonly byModel = new Map<string, Account>()
  readonly byTenant = new Map<string, Account>()

  /** @param model a name that the server knows, or else empty: clients must not be able to create accounts */
  open(model: string): RequestEntry {
    return new RequestEntry(accountOf(this.byModel, model))
  }

  /** The request has turned out to be this tenant's. */
  identify(entry: RequestEntry, tenant: string): void {
    entry.enter(accountOf(this.byTenant, tenant))
  }
}

function accountOf(accounts: Map<string, Account>, name: string): Account {
  return getOrMake(accounts, name, () => new Account())
}
