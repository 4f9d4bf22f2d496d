import {
  bindChecked,
  loadLibrary,
  outNumber,
  outPointer,
  outText,
  type Pointer,
} from '../native.js'
import type { EnergyMeter } from '../partitioned-device.js'
import { unlessMissing } from '../unless-missing.js'

const CHECKED = {
  nvmlInit_v2: '',
  nvmlShutdown: '',
  nvmlSystemGetDriverVersion: 'void *, unsigned int',
  nvmlDeviceGetCount_v2: '_Out_ unsigned int *',
  nvmlDeviceGetHandleByPciBusId_v2: 'const char *, _Out_ void **',
  nvmlDeviceGetHandleByUUID: 'const char *, _Out_ void **',
  nvmlDeviceGetTotalEnergyConsumption: 'void *, _Out_ uint64_t *',
  nvmlDeviceGetPowerUsage: 'void *, _Out_ unsigned int *',
  nvmlDeviceGetEnforcedPowerLimit: 'void *, _Out_ unsigned int *',
} as const

/** NVML's total-energy counter (mJ, in steps of about 100 ms) and averaged power (mW). */
export class NvmlMeter implements EnergyMeter {
  readonly driverVersion: string
  readonly #nvml: ReturnType<typeof loadNvml>
  readonly #handle: Pointer

  /**
   * @param name the device's UUID (`GPU-…`) or its PCI bus id
   * @throws WorkError if NVML is not installed or does not know the device
   */
  constructor(name: string) {
    this.#nvml = loadNvml()
    try {
      this.#handle = outPointer((cell) => {
        if (name.startsWith('GPU-')) this.#nvml.nvmlDeviceGetHandleByUUID(name, cell)
        else this.#nvml.nvmlDeviceGetHandleByPciBusId_v2(name, cell)
      })
      this.driverVersion = outText(80, (buffer) => {
        this.#nvml.nvmlSystemGetDriverVersion(buffer, 80)
      })
    } catch (error) {
      this.close()
      throw error
    }
  }

  energyJ(): number {
    return (
      outNumber((cell) => this.#nvml.nvmlDeviceGetTotalEnergyConsumption(this.#handle, cell)) / 1e3
    )
  }

  powerW(): number {
    return outNumber((cell) => this.#nvml.nvmlDeviceGetPowerUsage(this.#handle, cell)) / 1e3
  }

  limitW(): number {
    return outNumber((cell) => this.#nvml.nvmlDeviceGetEnforcedPowerLimit(this.#handle, cell)) / 1e3
  }

  close(): void {
    this.#nvml.nvmlShutdown()
  }
}

/** The meter of a device by UUID or PCI bus id; undefined if NVML is missing. */
export function openNvmlMeter(name: string): NvmlMeter | undefined {
  return unlessMissing(() => new NvmlMeter(name))
}

/** Number of GPUs that are visible on this machine; undefined if NVML is missing. */
export function gpuCount(): number | undefined {
  return unlessMissing(() => {
    const nvml = loadNvml()
    const count = outNumber((cell) => nvml.nvmlDeviceGetCount_v2(cell))
    nvml.nvmlShutdown()
    return count
  })
}

function loadNvml() {
  const library = loadLibrary('NVML', ['libnvidia-ml.so.1'])
  const nvml = bindChecked(library, CHECKED, (status) => `NVML error (${status})`)
  nvml.nvmlInit_v2()
  return nvml
}
