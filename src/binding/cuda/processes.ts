/** What processes use of the GPUs, as sampled by NVML. */
import {
  bindChecked,
  bindStatus,
  loadLibrary,
  outNumber,
  outPointer,
  type Pointer,
} from '../native.js'
import { unlessMissing } from '../unless-missing.js'

/** One process on one GPU. Values that the driver does not report are undefined. */
export interface GpuProcess {
  readonly pid: number
  /** Share of the time in which any of its kernels ran, in percent. */
  readonly smPercent?: number
  readonly memoryBytes?: number
}

/** All GPUs together. */
export interface GpuUse {
  readonly processes: readonly GpuProcess[]
  readonly powerW: number | undefined
}

/** `nvmlProcessUtilizationSample_t`: pid, time, and percent of SM, memory, encoder and decoder. */
const SAMPLE = { bytes: 32, smPercent: 16 } as const
/** `nvmlProcessInfo_t`: pid, bytes of memory, and ids of MIG instances. */
const INFO = { bytes: 24, memory: 8 } as const
/** The driver's value for an unknown amount of memory. */
const UNKNOWN_BYTES = 2n ** 64n - 1n
const MOST_PROCESSES = 512

const CHECKED = {
  nvmlInit_v2: '',
  nvmlDeviceGetCount_v2: '_Out_ unsigned int *',
  nvmlDeviceGetHandleByIndex_v2: 'unsigned int, _Out_ void **',
} as const

const ASKED = {
  nvmlDeviceGetProcessUtilization: 'void *, void *, _Inout_ unsigned int *, uint64_t',
  nvmlDeviceGetComputeRunningProcesses_v3: 'void *, _Inout_ unsigned int *, void *',
  nvmlDeviceGetMPSComputeRunningProcesses_v3: 'void *, _Inout_ unsigned int *, void *',
  nvmlDeviceGetPowerUsage: 'void *, _Out_ unsigned int *',
} as const

/** Queries NVML repeatedly. */
export class GpuProcesses {
  readonly #calls: ReturnType<typeof load>
  readonly #devices: readonly Pointer[]

  constructor() {
    this.#calls = load()
    const { nvmlDeviceGetCount_v2: countOf, nvmlDeviceGetHandleByIndex_v2: handleOf } = this.#calls
    const count = outNumber((cell) => countOf(cell))
    this.#devices = Array.from({ length: count }, (_, i) => outPointer((cell) => handleOf(i, cell)))
  }

  /** @param sinceUs time of day, in µs, from which samples of SM time count */
  use(sinceUs: number): GpuUse {
    const powersW = this.#devices.flatMap((device) => this.#powerW(device) ?? [])
    return {
      processes: this.#devices.flatMap((device) => this.#processes(device, sinceUs)),
      powerW: powersW.length === 0 ? undefined : powersW.reduce((a, b) => a + b),
    }
  }

  #processes(device: Pointer, sinceUs: number): GpuProcess[] {
    const samples = Buffer.alloc(MOST_PROCESSES * SAMPLE.bytes)
    const sampled = this.#count((count) =>
      this.#calls.nvmlDeviceGetProcessUtilization(device, samples, count, BigInt(sinceUs)),
    )
    const memory = [
      this.#calls.nvmlDeviceGetComputeRunningProcesses_v3,
      this.#calls.nvmlDeviceGetMPSComputeRunningProcesses_v3,
    ].flatMap((list) => {
      const infos = Buffer.alloc(MOST_PROCESSES * INFO.bytes)
      return memoryIn(
        infos,
        this.#count((count) => list(device, count, infos)),
      )
    })
    return [...memory, ...samplesIn(samples, sampled)]
  }

  /** Number of entries that a call wrote. None if it failed, as it does when there is nothing to report. */
  #count(call: (count: unknown[]) => number): number {
    const count: [number] = [MOST_PROCESSES]
    return call(count) === 0 ? Math.min(count[0], MOST_PROCESSES) : 0
  }

  #powerW(device: Pointer): number | undefined {
    const milliwatts: [number] = [0]
    return this.#calls.nvmlDeviceGetPowerUsage(device, milliwatts) === 0
      ? milliwatts[0] / 1e3
      : undefined
  }
}

/** Undefined if NVML is missing. */
export function openGpuProcesses(): GpuProcesses | undefined {
  return unlessMissing(() => new GpuProcesses())
}

function samplesIn(samples: Buffer, count: number): GpuProcess[] {
  return Array.from({ length: count }, (_, i) => ({
    pid: samples.readUInt32LE(i * SAMPLE.bytes),
    smPercent: samples.readUInt32LE(i * SAMPLE.bytes + SAMPLE.smPercent),
  }))
}

function memoryIn(infos: Buffer, count: number): GpuProcess[] {
  return Array.from({ length: count }, (_, i) => {
    const bytes = infos.readBigUInt64LE(i * INFO.bytes + INFO.memory)
    return {
      pid: infos.readUInt32LE(i * INFO.bytes),
      ...(bytes !== UNKNOWN_BYTES && { memoryBytes: Number(bytes) }),
    }
  })
}

function load() {
  const library = loadLibrary('NVML', ['libnvidia-ml.so.1'])
  const calls = {
    ...bindChecked(library, CHECKED, (status) => `NVML error (${status})`),
    ...bindStatus(library, ASKED),
  }
  calls.nvmlInit_v2()
  return calls
}
