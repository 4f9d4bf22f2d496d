import type { Device } from '../../device/device.js'
import type { MaskLayout } from '../../device/masks.js'

/** One GPU as described by the Linux kernel in /sys/class/kfd/kfd/topology/nodes/N/properties. */
export type KfdProperties = ReadonlyMap<string, number>

/** Parses a properties file: a name and a number on each line. */
export function parseKfdProperties(text: string): KfdProperties {
  const lines = text.split('\n').filter((line) => line.includes(' '))
  return new Map(
    lines.map((line) => {
      const [name, value] = line.trim().split(/\s+/)
      return [name, Number(value)]
    }),
  )
}

/** Whether a node is the device at a PCI bus id such as `0000:83:00.0`. */
export function isAtBus(properties: KfdProperties, pciBusId: string): boolean {
  const [domain, bus, device, unit] = pciBusId
    .split(/[:.]/)
    .map((part) => Number.parseInt(part, 16))
  return (
    (properties.get('domain') ?? 0) === domain &&
    properties.get('location_id') === ((bus << 8) | (device << 3) | unit)
  )
}

/**
 * The mask layout of a node. The kernel tells how many CUs there are, but not which shader engines
 * of a die have one CU less than their neighbours. The last ones are assumed to.
 */
export function maskLayoutOf(properties: KfdProperties): MaskLayout {
  const value = (name: string, otherwise: number) => properties.get(name) || otherwise
  const dies = value('num_xcc', 1)
  const cus = value('simd_count', 0) / value('simd_per_cu', 1) / dies
  const engines = value('array_count', 1) / dies
  const cusPerUnit = value('gfx_target_version', 0) >= FIRST_RDNA ? 2 : 1
  const units = cus / cusPerUnit
  const engineCus = Array.from(
    { length: engines },
    (_, engine) => cusPerUnit * Math.floor((units + engines - 1 - engine) / engines),
  )
  return { dies, engineCus, cusPerUnit }
}

const FIRST_RDNA = 100_000
/** GCN has 256 vector registers of 64 lanes of 32 bits; CDNA 2 and later have twice as many. */
const REGISTERS_PER_SIMD = 65_536 / 4

/** How much one CU holds. A work-group is at least one wave. */
export function cuLimitsOf(properties: KfdProperties): Device['cu'] {
  const value = (name: string) => properties.get(name) ?? 0
  const waves = value('max_waves_per_simd') * value('simd_per_cu')
  return {
    threads: waves * value('wave_front_size'),
    blocks: waves,
    registers: REGISTERS_PER_SIMD * value('simd_per_cu'),
    sharedMemoryBytes: 1024 * value('lds_size_in_kb'),
    warpSize: value('wave_front_size'),
  }
}

/** The compiler's name for the instruction set, e.g. `gfx942` for 90402. */
export function gfxName(properties: KfdProperties): string {
  const version = properties.get('gfx_target_version') ?? 0
  const major = Math.floor(version / 10_000)
  const minor = Math.floor(version / 100) % 100
  return `gfx${major}${minor.toString(16)}${(version % 100).toString(16)}`
}
