import { mpsShare } from '../../binding/mps/client.js'
import { NoMps } from '../../binding/mps/control.js'
import { type MpsDaemon, startMps } from '../../binding/mps/daemon.js'
import { type Device, totalCus } from '../../device/device.js'
import { servingSharePercent } from '../../device/share.js'
import { nowUs } from '../../now.js'
import {
  instanceModels,
  SERVING_MECHANISMS,
  type ServedModelPlan,
  type ServingMechanism,
  type ServingPlan,
} from '../../plan/serving-plan.js'
import { withoutMps } from '../../plan/without-mps.js'
import { ForkServer } from '../../torch/fork-server.js'
import { inSinglePrecision, type ModelRequest } from '../../torch/model-request.js'
import type { WorkerProcessOptions } from '../../torch/worker-process.js'
import { GpuMeter } from '../torch/gpu-meter.js'
import { TorchDevice } from '../torch/torch-device.js'
import type { LaunchDevice } from './launch-device.js'
import { SimulatedDevice } from './simulated-device.js'
import { type ProfileOf, SimulatedPower } from './simulated-power.js'

export const DEVICE_KINDS = ['sim', 'cpu', 'cuda', 'hip'] as const

/** `sim` waits as long as a launch would take and computes nothing; the others run PyTorch models. */
export type DeviceKind = (typeof DEVICE_KINDS)[number]

export interface OpenDevice {
  /** The plan that is carried out: the one that was given, or its fallback. */
  readonly plan: ServingPlan
  /** A sentence that says why the given plan is not carried out. */
  readonly fellBack?: string
  readonly launches: LaunchDevice
  /** Priority levels that launches may take. */
  readonly levels: number
  /** The mechanisms that plans may use when they replace this one while the server runs. */
  readonly mechanisms: readonly ServingMechanism[]
  /** Stops what was started for the device. */
  close(): Promise<void>
}

/** What a device needs to be opened. */
export interface DeviceSettings {
  readonly kind: DeviceKind
  readonly device: Device
  /** What the worker process loads for a model. */
  readonly request: (model: ServedModelPlan) => ModelRequest
  readonly profile: ProfileOf
  readonly trust: WorkerProcessOptions['trust']
  /** Device memory for all instances of a model together; if left out, there is no limit. */
  readonly modelMemoryBytes?: number | undefined
}

/** Opens a device that carries out a plan. A plan for MPS falls back to streams where MPS is not available. */
export function openServingDevice(plan: ServingPlan, settings: DeviceSettings): OpenDevice {
  switch (settings.kind) {
    case 'sim':
      return simulated(plan, settings)
    case 'cpu':
      return onProcessor(plan, settings)
    default:
      return onGpu(plan, settings)
  }
}

function simulated(plan: ServingPlan, { device, request, profile }: DeviceSettings): OpenDevice {
  const power = new SimulatedPower(device, profile, nowUs)
  return {
    plan,
    // Models take single precision here as they do on a processor, so that a client that was written for one works
    // with the other.
    launches: new SimulatedDevice([], undefined, power, (model) =>
      inSinglePrecision(request(model)),
    ),
    levels: device.priorityLevels,
    mechanisms: SERVING_MECHANISMS,
    close: async () => {},
  }
}

function onProcessor(plan: ServingPlan, settings: DeviceSettings): OpenDevice {
  const { request, trust, modelMemoryBytes } = settings
  const launches = new TorchDevice({
    process: { device: 'cpu', trust },
    processes: 'together',
    request: (model) => inSinglePrecision(request(model)),
    levels: 1,
    modelMemoryBytes,
  })
  return { plan, launches, levels: 1, mechanisms: SERVING_MECHANISMS, close: async () => {} }
}

function onGpu(plan: ServingPlan, settings: DeviceSettings): OpenDevice {
  const { device, request, trust, modelMemoryBytes } = settings
  const levels = device.priorityLevels
  // When the server is told to end, it drains first. The daemon must last until then.
  const daemon = plan.mechanism === 'mps' ? mpsOrWhyNot() : undefined
  if (daemon instanceof NoMps) {
    const open = onGpu(withoutMps(plan, totalCus(device)), settings)
    return { ...open, fellBack: `${daemon.message}; the plan is carried out on streams` }
  }
  // While one plan takes over from another, the processes of both are running.
  const clients = 2 * instanceModels(plan).length
  const forkServer =
    plan.mechanism === 'streams'
      ? undefined
      : new ForkServer(plan.models.map((model) => request(model).model))
  const launches = new TorchDevice({
    process: {
      device: 'cuda',
      trust,
      ...(daemon && { environment: daemon.environment }),
      forkServer,
    },
    processes: forkServer ? 'apart' : 'together',
    request,
    levels,
    modelMemoryBytes,
    repair: () => (daemon?.revive() ? 'the MPS daemon had ended and was started again' : undefined),
    meter: new GpuMeter(device.power.idleW),
    environment: ({ share }) =>
      daemon === undefined ? {} : mpsShare(servingSharePercent(device, share), clients),
  })
  // The processes were started for one mechanism and cannot change to another.
  const { mechanism } = plan
  const close = async (): Promise<void> => {
    try {
      await forkServer?.close()
    } finally {
      daemon?.stop()
    }
  }
  return { plan, launches, levels, mechanisms: [mechanism], close }
}

function mpsOrWhyNot(): MpsDaemon | NoMps {
  try {
    return startMps({}, 'own')
  } catch (error) {
    if (error instanceof NoMps) return error
    throw error
  }
}
