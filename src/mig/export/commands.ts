import type { PartitionableGpu } from '../gpu.js'
import type { Layout } from '../layout.js'

/**
 * The commands that give each GPU its layout. On NVIDIA they turn MIG mode on and then create the
 * instances by profile id and start, each with its compute instance (`-C`). On AMD they set the
 * compute partition mode.
 * @param layouts one per GPU, starting with index 0
 */
export function partitionCommands(gpu: PartitionableGpu, layouts: readonly Layout[]): string[] {
  if (gpu.vendor === 'amd') {
    return layouts.map(
      (layout, index) =>
        `sudo amd-smi set --gpu ${index} --compute-partition ${layout[0].profile.name}`,
    )
  }
  return layouts.flatMap((layout, index) => {
    const instances = layout.map(({ profile, start }) => `${profile.id}:${start}`).join(',')
    return [
      `sudo nvidia-smi -i ${index} -mig 1`,
      `sudo nvidia-smi mig -i ${index} -cgi ${instances} -C`,
    ]
  })
}
