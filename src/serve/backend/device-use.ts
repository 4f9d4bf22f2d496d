import type { ServedModelPlan } from '../../plan/serving-plan.js'
import { type Used, WorkMeter } from '../telemetry/work-meter.js'
import { rowsOf, type Work } from './active-plan.js'
import type { BackendView } from './backend.js'
import type { LaunchDevice } from './launch-device.js'
import { RecentWork } from './recent-work.js'

/** A model with a smaller share of the device's work than this goes before all others, whatever its class. */
const LEAST_SHARE = 0.05

/** Who uses how much of a device: each model since the start, and models and tenants lately. */
export class DeviceUse {
  readonly #nowUs: () => number
  readonly #meter: WorkMeter
  readonly #modelWork = new RecentWork()
  readonly #tenantWork = new RecentWork()

  /** @param nowUs a monotonic clock, µs */
  constructor(device: LaunchDevice, nowUs: () => number) {
    this.#nowUs = nowUs
    this.#meter = new WorkMeter(nowUs, device.meter)
  }

  /** A launch begins. */
  began(): void {
    this.#meter.began()
  }

  /** A launch has ended in any way, after it was counted if it ran. */
  ended(): void {
    this.#meter.ended()
  }

  /** A launch held the compute units of its model for this time, µs. Tenants have a part of it by their rows. */
  launched({ name, share }: ServedModelPlan, works: readonly Work[], computeUs: number): void {
    const nowUs = this.#nowUs()
    const cuUs = share * computeUs
    const rows = rowsOf(works)
    this.#meter.launched(name, share, computeUs)
    this.#modelWork.add(name, cuUs, nowUs)
    for (const { tenant, request } of works)
      this.#tenantWork.add(tenant, (cuUs * request.rows) / rows, nowUs)
  }

  /** Whether a model has had so little of the device lately that it must go before others. */
  isOwed(model: string): boolean {
    return (this.#modelWork.partOf(model, this.#nowUs()) ?? 1) < LEAST_SHARE
  }

  /** The parts that models and tenants had of the work of the last seconds. */
  shares(): NonNullable<BackendView['shares']> {
    const nowUs = this.#nowUs()
    return { models: this.#modelWork.parts(nowUs), tenants: this.#tenantWork.parts(nowUs) }
  }

  /** What a model has used since the start; of energy, what had been used by the last call of {@link splitEnergy}. */
  of(model: string): Used {
    return this.#meter.usedBy(model)
  }

  /** Joules used while nothing ran; undefined where nothing measures them. */
  get idleJ(): number | undefined {
    return this.#meter.idleJ
  }

  /** Divides the energy used until now among the models. @returns all of it, J; undefined where nothing measures it */
  splitEnergy(): number | undefined {
    return this.#meter.split()
  }
}
