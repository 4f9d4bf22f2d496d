import { wholeDevice } from '../device/device.js'
import type { Policy } from './policy.js'
import { wholeRequest } from './whole-request.js'

/** Runs every kernel of every worker on the whole device: streams without partitions. */
export const baseline: Policy = {
  name: 'baseline',
  summary: 'every kernel on the whole GPU',
  source: 'ECLIP (arXiv 2506.12598) section 5, Baseline',
  plan: async (scenario) =>
    wholeRequest(scenario, 'baseline', {}, () => ({
      partition: wholeDevice(scenario.device),
      owner: null,
    })),
}
