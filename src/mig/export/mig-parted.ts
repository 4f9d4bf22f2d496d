import { countProfiles, type Layout } from '../layout.js'

/**
 * The layouts as a configuration for NVIDIA's mig-parted (`apply -f FILE -c LABEL`), version v1 of
 * its format. Under `mig-configs` there is a label, and under it one entry per group of GPUs with
 * the same instances, with `devices`, `mig-enabled` and `mig-devices` (instances by profile name).
 * mig-parted chooses the placement itself.
 * @param layouts one per GPU, starting with index 0
 */
export function migPartedYaml(label: string, layouts: readonly Layout[]): string {
  const groups = new Map<string, { devices: number[]; layout: Layout }>()
  layouts.forEach((layout, gpu) => {
    const key = [...countProfiles(layout)].sort().join()
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { devices: [gpu], layout })
    else group.devices.push(gpu)
  })
  const isUniform = groups.size === 1
  const entries = [...groups.values()].map(({ devices, layout }) =>
    entry(isUniform ? 'all' : `[${devices.join(', ')}]`, layout),
  )
  return `version: v1\nmig-configs:\n  ${label}:\n${entries.join('')}`
}

function entry(devices: string, layout: Layout): string {
  const counts = [...countProfiles(layout)].map(([name, count]) => `        "${name}": ${count}\n`)
  return `    - devices: ${devices}\n      mig-enabled: true\n      mig-devices:\n${counts.join('')}`
}
