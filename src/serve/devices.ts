import { mpsShare } from '../binding/mps/client.js'
import { startMps } from '../binding/mps/daemon.js'
import { type Device, totalCus } from '../device/device.js'
import {
  SERVING_MECHANISMS,
  type ServedModelPlan,
  type ServingMechanism,
  type ServingPlan,
} from '../plan/serving-plan.js'
import type { ModelRequest } from '../torch/model-request.js'
import type { WorkerProcessOptions } from '../torch/worker-process.js'
import type { LaunchDevice } from './launch-device.js'
import { SimulatedDevice } from './simulated-device.js'
import { SimulatedPower } from './simulated-power.js'
import { TorchDevice } from './torch/torch-device.js'

export const DEVICE_KINDS = ['sim', 'cpu', 'cuda', 'hip'] as const

/** `sim` takes the time a launch would and computes nothing; the others run PyTorch models. */
export type DeviceKind = (typeof DEVICE_KINDS)[number]

export interface OpenDevice {
  readonly launches: LaunchDevice
  /** Priority levels that launches may take. */
  readonly levels: number
  /** What the plans may use that it is given while it serves. */
  readonly mechanisms: readonly ServingMechanism[]
  /** Gives back what else was started for the device. */
  close(): void
}

/**
 * A device that carries out a plan.
 * @param request what the worker process loads for a model
 * @param modelMemoryBytes of the device, for all instances of a model; left out: any
 * @throws WorkError if MPS is needed and does not start
 */
export function openDevice(
  kind: DeviceKind,
  plan: ServingPlan,
  device: Device,
  request: (model: ServedModelPlan) => ModelRequest,
  trust: WorkerProcessOptions['trust'],
  modelMemoryBytes = Number.POSITIVE_INFINITY,
): OpenDevice {
  if (kind === 'sim') {
    const power = new SimulatedPower(device, () => performance.now() * 1000)
    const launches = new SimulatedDevice([], undefined, power)
    return {
      launches,
      levels: device.priorityLevels,
      mechanisms: SERVING_MECHANISMS,
      close: () => {},
    }
  }
  if (kind === 'cpu') {
    const launches = new TorchDevice({
      process: { device: 'cpu', trust },
      processes: 'together',
      request: (model) => ({ ...request(model), dtype: 'float32' }),
      levels: 1,
      modelMemoryBytes,
    })
    return { launches, levels: 1, mechanisms: SERVING_MECHANISMS, close: () => {} }
  }
  const levels = device.priorityLevels
  // The server drains when it is told to end, and the daemon must last until it has done so.
  const daemon = plan.mechanism === 'mps' ? startMps({}, 'own') : undefined
  const launches = new TorchDevice({
    process: { device: 'cuda', trust, ...(daemon && { environment: daemon.environment }) },
    processes: plan.mechanism === 'streams' ? 'together' : 'apart',
    request,
    levels,
    modelMemoryBytes,
    repair: () => (daemon?.revive() ? 'the MPS daemon had ended and was started again' : undefined),
    environment: ({ share }) =>
      daemon === undefined ? {} : mpsShare(Math.round((100 * share) / totalCus(device))),
  })
  // Its processes are arranged for one mechanism.
  return { launches, levels, mechanisms: [plan.mechanism], close: () => daemon?.stop() }
}
