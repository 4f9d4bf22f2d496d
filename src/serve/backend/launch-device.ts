import type { ServedModelPlan } from '../../plan/serving-plan.js'
import type { Refusal } from '../refusal.js'
import type { DeviceMeter } from '../telemetry/work-meter.js'
import type { OutputTensor } from '../tensors/tensors.js'
import type { BackendEvents, InferRequest, InferTimes, ModelMetadata } from './backend.js'

/** Requests that run together on one instance of a model. */
export interface Launch {
  readonly instance: number
  readonly model: ServedModelPlan
  /** The captured batch size; the requests may not fill it. */
  readonly batch: number
  /** Priority level on the device, 0 the lowest. */
  readonly level: number
  /** How many launches run on the device, including this one. */
  readonly running: number
  readonly requests: readonly InferRequest[]
}

export interface Launched {
  /** For each request its outputs, in the order of the model's outputs, or why this one request has none. */
  readonly outputs: readonly (readonly OutputTensor[] | Refusal)[]
  readonly times: Omit<InferTimes, 'queueUs'>
}

/** What a device reports of its own accord. */
export interface DeviceEvents extends Pick<BackendEvents, 'noted'> {
  /** The process of these instances has ended, so they cannot run launches. */
  lost(instances: readonly number[]): void
  /** These instances can run launches again. */
  restored(instances: readonly number[]): void
}

/** What runs launches: the simulated device, or worker processes. */
export interface LaunchDevice {
  /** Absent where nothing measures energy. */
  readonly meter?: DeviceMeter | undefined
  /** @param events called from now on */
  start(events: DeviceEvents): Promise<void>
  /** Ends everything and leaves nothing behind. */
  stop(): Promise<void>
  /**
   * Makes instances of a model ready.
   * @returns what clients may know about the model
   * @throws WorkError, or Refusal `out-of-memory`
   */
  load(model: ServedModelPlan, instances: readonly number[]): Promise<ModelMetadata>
  /** Frees what the instances hold; none of them may be running a launch. */
  unload(instances: readonly number[]): Promise<void>
  /** @throws Refusal `worker-lost` if the process ends before the launch does, or the error of the model */
  launch(launch: Launch): Promise<Launched>
}
