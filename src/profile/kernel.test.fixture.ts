import type { Kernel } from './profile.js'

/** A kernel of one block. Its times are in µs, by number of compute units. */
export function kernelTaking(durationUs: Kernel['durationUs']): Kernel {
  const shape: Pick<Kernel, 'grid' | 'block'> = { grid: [1, 1, 1], block: [32, 1, 1] }
  return { name: 'k', ...shape, registers: 8, sharedMemoryBytes: 0, durationUs }
}
