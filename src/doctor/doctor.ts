import { spawnSync } from 'node:child_process'
import type { Binding } from '../binding/devices.js'
import { type MaskProof, proveMasks } from '../binding/mask-proof.js'
import type { PartitionedDevice } from '../binding/partitioned-device.js'
import { formatPartition } from '../device/partition.js'
import { WorkError } from '../errors.js'
import { sum } from '../numbers.js'
import { pythonEnvironment, pythonProgram } from '../torch/python.js'

/** `absent` is not a fault, since no machine has the GPUs of every vendor. */
export type CheckStatus = 'ok' | 'absent' | 'failed'

/** One thing that was looked at, and what was found. */
export interface Check {
  readonly name: string
  readonly status: CheckStatus
  readonly detail: string
}

/** What a machine offers for running co-located models. */
export interface Diagnosis {
  /** Whether some device can be partitioned and nothing that was found is broken. */
  readonly healthy: boolean
  readonly checks: readonly Check[]
}

/** Looks at every binding's device and at the Python worker's framework. */
export function diagnose(bindings: readonly Binding[]): Diagnosis {
  return conclude([...bindings.flatMap(checkBinding), checkTorch()])
}

/** A diagnosis with what else was looked at. */
export function withChecks({ checks }: Diagnosis, more: readonly Check[]): Diagnosis {
  return conclude([...checks, ...more])
}

function conclude(checks: readonly Check[]): Diagnosis {
  const proven = checks.some(({ name, status }) => name.endsWith('masks') && status === 'ok')
  return { healthy: proven && checks.every(({ status }) => status !== 'failed'), checks }
}

function checkBinding(binding: Binding): Check[] {
  let device: PartitionedDevice
  try {
    device = binding.open()
  } catch (error) {
    if (error instanceof WorkError) return [absent(binding.name, error.message)]
    throw error
  }
  const checks = [
    ok(`${binding.name} device`, describeDevice(device)),
    checkMasks(binding.name, device),
    checkMeter(binding.name, device),
  ]
  device.close()
  return checks
}

function describeDevice({ identity, granules }: PartitionedDevice): string {
  const versions = Object.entries(identity.versions).map(([what, version]) => `${what} ${version}`)
  const cus = sum(granules.map((granule) => granule.cus))
  return `${identity.name}, ${cus} CUs in ${granules.length} granules; ${versions.join(', ')}`
}

function checkMasks(name: string, device: PartitionedDevice): Check {
  const proof = proveMasks(device)
  const status = proof.holds ? 'ok' : 'failed'
  return { name: `${name} masks`, status, detail: describeProof(proof) }
}

/** E.g. `granules 0-3: 32 of 32 CUs, first 0`. */
function describeProof({ observations }: MaskProof): string {
  return observations
    .map(({ partition, cus, units }) => {
      return `granules ${formatPartition(partition)} ran on ${units.length} CUs of ${cus}`
    })
    .join('; ')
}

function checkMeter(name: string, { energyMeter }: PartitionedDevice): Check {
  const check = `${name} energy`
  if (energyMeter === undefined) return absent(check, 'no energy meter')
  try {
    return ok(check, `${energyMeter.powerW().toFixed(0)} W now, limit ${energyMeter.limitW()} W`)
  } catch (error) {
    return { name: check, status: 'failed', detail: error instanceof Error ? error.message : '' }
  }
}

const TORCH_PROBE =
  'import platform, torch; print(f"Python {platform.python_version()}, PyTorch {torch.__version__}")'

/** Without PyTorch the device can still be measured, but no models can run on it. */
function checkTorch(): Check {
  const probe = spawnSync(pythonProgram(), ['-c', TORCH_PROBE], {
    env: pythonEnvironment(),
    encoding: 'utf8',
    timeout: 60_000,
  })
  if (probe.status === 0) return ok('torch', probe.stdout.trim())
  const reason = probe.error?.message ?? probe.stderr.trim().split('\n').at(-1) ?? ''
  return absent(
    'torch',
    `no PyTorch for ${pythonProgram()} (ECLIP_PYTHON names another): ${reason}`,
  )
}

function ok(name: string, detail: string): Check {
  return { name, status: 'ok', detail }
}

function absent(name: string, detail: string): Check {
  return { name, status: 'absent', detail }
}
