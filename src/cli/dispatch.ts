import { Command, Option } from 'commander'
import { BINDINGS, type Binding, openDevice } from '../binding/devices.js'
import type { PartitionedDevice } from '../binding/partitioned-device.js'
import { measureDispatch } from '../characterize/dispatch.js'
import { scaleFor } from '../characterize/scale.js'
import { InputError } from '../errors.js'
import { readFile } from '../io/read.js'
import { isPooled, type Plan, planSchema } from '../plan/plan.js'
import { dispatchText } from '../report/pages/dispatch/text.js'
import {
  atMost,
  type CommonOptions,
  numberAbove,
  print,
  tableStyle,
  wholeNumber,
} from './command.js'

interface DispatchOptions extends CommonOptions {
  readonly binding?: Binding['name']
  readonly kernelUs?: number
  readonly rounds: number
}

const LONGEST_KERNEL_US = 1e6
const MOST_ROUNDS = 10_000

/** `eclip dispatch`: runs a plan's kernels through the paper's run-time scheduler on this machine. */
export function dispatchCommand(): Command {
  const bindings = BINDINGS.map(({ name }) => name)
  return new Command('dispatch')
    .description("measure a plan's switches on this machine, kernel by kernel without graphs")
    .argument('<plan>', 'a plan file')
    .addOption(new Option('--binding <name>', 'device to run on').choices(bindings))
    .option(
      '--kernel-us <us>',
      'how long each kernel takes',
      atMost(LONGEST_KERNEL_US, numberAbove(0)),
    )
    .option('--rounds <n>', 'requests of each worker', atMost(MOST_ROUNDS, wholeNumber(1)), 20)
    .option('--json', 'print JSON')
    .action(runDispatch)
}

function runDispatch(file: string, options: DispatchOptions): void {
  const plan = readFile(file, planSchema)
  const device = openDevice(options.binding)
  try {
    checkGranules(file, plan, device)
    const { spinUs } = scaleFor(device)
    const scale = { kernelUs: options.kernelUs ?? spinUs, rounds: options.rounds }
    const costs = measureDispatch(device, plan, scale)
    const result = { device: device.identity, plan: plan.evidence.policy, ...scale, ...costs }
    print(result, options, () => dispatchText(result, tableStyle()))
  } finally {
    device.close()
  }
}

/** Refuses a plan for a device with more granules than this one has. */
function checkGranules(file: string, plan: Plan, device: PartitionedDevice): void {
  const used = plan.pool.filter(isPooled).flatMap(({ granules }) => granules)
  const unknown = used.find((granule) => device.granules[granule] === undefined)
  if (unknown === undefined) return
  const expected = `granules below ${device.granules.length}, as ${device.identity.name} has them`
  const found = `${unknown}, in a plan for ${plan.device.name}`
  throw new InputError({ file, path: 'pool', expected, found })
}
