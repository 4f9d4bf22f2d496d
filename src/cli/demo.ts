import { resolve } from 'node:path'
import { Command } from 'commander'
import { addCompareOptions, type CompareOptions, runCompare } from './compare.js'

/** Four models recorded on an H200 that starve each other under plain streams. */
const DEMO_MIX = 'resnet152+densenet201+vgg19+albert@8'
const DEMO_DEVICE = 'h200'

/** `eclip demo`: the comparison of a mix that ships, with a report. */
export function demoCommand(): Command {
  const command = new Command('demo').description(
    'the whole path on shipped profiles: plan, simulate all policies, table, HTML report',
  )
  return addCompareOptions(command).action(async (options: CompareOptions) => {
    const report = resolve(options.report ?? 'eclip-report.html')
    await runCompare(DEMO_MIX, { ...options, device: DEMO_DEVICE, report })
  })
}
