import { spawnSync } from 'node:child_process'
import type { Binding } from '../binding/devices.js'
import { type MaskProof, proveMasks } from '../binding/mask-proof.js'
import type { PartitionedDevice } from '../binding/partitioned-device.js'
import { totalCus } from '../device/device.js'
import { formatPartition } from '../device/partition.js'
import { attempt, WorkError } from '../errors.js'
import { plural } from '../plural.js'
import { pythonEnvironment, pythonProgram } from '../torch/python.js'
import { absent, type Check, failed, ok } from './check.js'

/** What a machine offers for running co-located models. */
export interface Diagnosis {
  /** Whether some device can be partitioned and nothing that was found is broken. */
  readonly healthy: boolean
  readonly checks: readonly Check[]
}

/** Checks every binding's device and the Python worker's framework. */
export function diagnose(bindings: readonly Binding[]): Diagnosis {
  return conclude([...bindings.flatMap(checkBinding), checkTorch()])
}

/** A diagnosis with further checks added. */
export function withChecks({ checks }: Diagnosis, more: readonly Check[]): Diagnosis {
  return conclude([...checks, ...more])
}

function conclude(checks: readonly Check[]): Diagnosis {
  const proven = checks.some(({ name, status }) => name.endsWith('masks') && status === 'ok')
  return { healthy: proven && checks.every(({ status }) => status !== 'failed'), checks }
}

function checkBinding({ name, open }: Binding): Check[] {
  const device = attempt(open)
  if (device instanceof WorkError) return [absent(name, device.message)]
  try {
    return [
      ok(`${name} device`, describeDevice(device)),
      checkMasks(`${name} masks`, device),
      checkMeter(`${name} energy`, device),
    ]
  } finally {
    device.close()
  }
}

function describeDevice(device: PartitionedDevice): string {
  const { identity, granules } = device
  const versions = Object.entries(identity.versions).map(([what, version]) => `${what} ${version}`)
  return `${identity.name}, ${plural(totalCus(device), 'CU')} in ${plural(granules.length, 'granule')}; ${versions.join(', ')}`
}

function checkMasks(name: string, device: PartitionedDevice): Check {
  const proof = attempt(() => proveMasks(device))
  if (proof instanceof WorkError) return failed(name, proof.message)
  return proof.holds ? ok(name, describeProof(proof)) : failed(name, describeProof(proof))
}

/** E.g. `granules 0-3 ran on 32 CUs of 32; granule 0 ran on 8 CUs of 8`. */
export function describeProof({ observations }: Pick<MaskProof, 'observations'>): string {
  return observations
    .map(({ partition, cus, units }) => {
      const granules = partition.length === 1 ? 'granule' : 'granules'
      return `${granules} ${formatPartition(partition)} ran on ${plural(units.length, 'CU')} of ${cus}`
    })
    .join('; ')
}

function checkMeter(name: string, { energyMeter }: PartitionedDevice): Check {
  if (energyMeter === undefined) return absent(name, 'no energy meter')
  const reading = attempt(
    () => `${energyMeter.powerW().toFixed(0)} W now, limit ${energyMeter.limitW()} W`,
  )
  return reading instanceof WorkError ? failed(name, reading.message) : ok(name, reading)
}

const TORCH_PROBE =
  'import platform, torch; print(f"Python {platform.python_version()}, PyTorch {torch.__version__}")'

/** Without PyTorch the device can still be measured, but it cannot run models. */
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
