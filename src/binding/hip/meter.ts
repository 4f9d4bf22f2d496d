import { WorkError } from '../../errors.js'
import { bindChecked, loadLibrary, outNumber } from '../native.js'
import type { EnergyMeter } from '../partitioned-device.js'
import { unlessMissing } from '../unless-missing.js'

const FILE_NAMES = [
  'librocm_smi64.so.7',
  'librocm_smi64.so.6',
  'librocm_smi64.so.5',
  'librocm_smi64.so.1',
]

const CHECKED = {
  rsmi_init: 'uint64_t',
  rsmi_shut_down: '',
  rsmi_num_monitor_devices: '_Out_ uint32_t *',
  rsmi_dev_pci_id_get: 'uint32_t, _Out_ uint64_t *',
  rsmi_dev_energy_count_get: 'uint32_t, _Out_ uint64_t *, _Out_ float *, _Out_ uint64_t *',
  rsmi_dev_power_ave_get: 'uint32_t, uint32_t, _Out_ uint64_t *',
  rsmi_dev_power_cap_get: 'uint32_t, uint32_t, _Out_ uint64_t *',
} as const

/** ROCm SMI's energy accumulator (a count of steps, whose size in µJ it reports) and averaged socket power (µW). */
export class RocmSmiMeter implements EnergyMeter {
  readonly #smi: ReturnType<typeof loadRocmSmi>
  readonly #index: number

  /**
   * @param locationId PCI location as the Linux kernel packs it: bus, device and function
   * @throws WorkError if ROCm SMI is not installed or does not know the device
   */
  constructor(locationId: number) {
    this.#smi = loadRocmSmi()
    const count = outNumber((cell) => this.#smi.rsmi_num_monitor_devices(cell))
    const indices = Array.from({ length: count }, (_, i) => i)
    this.#index = indices.findIndex((index) => this.#locationOf(index) === locationId)
    if (this.#index < 0) throw new WorkError('ROCm SMI does not know the device')
  }

  #locationOf(index: number): number {
    return outNumber((cell) => this.#smi.rsmi_dev_pci_id_get(index, cell)) % 2 ** 32
  }

  energyJ(): number {
    const [count, microjoules, timestamp] = [[0], [0], [0]]
    this.#smi.rsmi_dev_energy_count_get(this.#index, count, microjoules, timestamp)
    return (Number(count[0]) * microjoules[0]) / 1e6
  }

  powerW(): number {
    return outNumber((cell) => this.#smi.rsmi_dev_power_ave_get(this.#index, 0, cell)) / 1e6
  }

  limitW(): number {
    return outNumber((cell) => this.#smi.rsmi_dev_power_cap_get(this.#index, 0, cell)) / 1e6
  }

  close(): void {
    this.#smi.rsmi_shut_down()
  }
}

/** The meter of a device; undefined if ROCm SMI is missing. */
export function openRocmSmiMeter(locationId: number): RocmSmiMeter | undefined {
  return unlessMissing(() => new RocmSmiMeter(locationId))
}

function loadRocmSmi() {
  const library = loadLibrary('ROCm SMI', FILE_NAMES)
  const smi = bindChecked(library, CHECKED, (status) => `ROCm SMI error (${status})`)
  smi.rsmi_init(0)
  return smi
}
