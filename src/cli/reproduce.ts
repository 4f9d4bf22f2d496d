import { Command, Option } from 'commander'
import type { Device } from '../device/device.js'
import { InputError } from '../errors.js'
import { loadDevice, loadShippedProfile, shippedProfiles } from '../io/library.js'
import { writeFile } from '../io/write.js'
import { policies } from '../policy/index.js'
import { DEFAULT_PARAMETERS } from '../policy/policy.js'
import type { Profile } from '../profile/profile.js'
import { reproductionJson } from '../reproduce/json.js'
import { reproductionPage } from '../reproduce/page.js'
import { reproduce } from '../reproduce/reproduce.js'
import type { Setup } from '../reproduce/setup.js'
import { reproductionText } from '../reproduce/text.js'
import { createEvaluatorPool } from '../search/evaluate-pool.js'
import { synthesize } from '../synthesize/synthesize.js'
import { type CommonOptions, note, startProgress, wholeNumber } from './command.js'

interface Options extends CommonOptions {
  readonly device: 'mi50' | 'h200'
  readonly batch?: number
  readonly report?: string
  readonly seed: number
  readonly ablations: boolean
}

/** Batch size where none is asked for: see docs/reproduce.md. */
const DEFAULT_BATCH = { mi50: 1, h200: 8 } as const
/** Simulated time of each plan. */
const WINDOW = { warmupUs: 50_000, durationUs: 500_000, mode: 'exact' } as const
/** Plans the windows search may simulate for each mix: enough to settle, few enough to wait for. */
const SEARCH_PLANS = 48

/** `eclip reproduce`: the ECLIP paper's evaluation beside its claims. */
export function reproduceCommand(): Command {
  return new Command('reproduce')
    .description("run the ECLIP paper's evaluation in simulation, beside its claims")
    .addOption(
      new Option('--device <name>', 'mi50: profiles made from layers; h200: recorded profiles')
        .choices(['mi50', 'h200'])
        .default('mi50'),
    )
    .option('--batch <n>', 'samples of a request (default: 1 on mi50, 8 on h200)', wholeNumber(1))
    .option('--report <file>', 'write a page with every figure and table beside the paper’s')
    .option('--seed <n>', 'seed of simulations and searches', wholeNumber(0), 1)
    .option('--no-ablations', 'leave the ablations out')
    .option('--json', 'print the results as JSON')
    .action(run)
}

async function run(options: Options): Promise<void> {
  const progress = startProgress()
  try {
    const result = await reproduce(setupOf(options), {
      ablations: options.ablations ? 'run' : 'skip',
      onStep: (text) => progress.update(text),
    })
    progress.done()
    if (options.report !== undefined) {
      writeFile(options.report, reproductionPage(result))
      note(`wrote ${options.report}`)
    }
    const text = options.json
      ? JSON.stringify(reproductionJson(result), null, 2)
      : reproductionText(result, { colours: process.stdout.hasColors?.() ? 'ansi' : 'plain' })
    process.stdout.write(`${text}\n`)
  } finally {
    progress.done()
  }
}

function setupOf(options: Options): Setup {
  const device = loadDevice(options.device, '--device', '')
  const batch = options.batch ?? DEFAULT_BATCH[options.device]
  const profile = options.device === 'mi50' ? synthesized(device) : recorded(device)
  if (profile('albert', batch) === undefined) {
    const shipped = [...new Set(shippedProfiles(device.name).map((p) => p.batch))]
    const expected = `one of ${shipped.join(', ')} on ${device.name}`
    throw new InputError({ file: '--batch', path: '', expected, found: `${batch}` })
  }
  return {
    device,
    batch,
    profile,
    policies,
    parameters: { ...DEFAULT_PARAMETERS, searchPlans: SEARCH_PLANS, seed: options.seed },
    seed: options.seed,
    openEvaluator: (scenario) => createEvaluatorPool(scenario, { ...WINDOW, seed: options.seed }),
    now: () => performance.now(),
  }
}

/** Profiles made from layers, each once. */
function synthesized(device: Device): Setup['profile'] {
  const made = new Map<string, Profile>()
  return (model, batch) => {
    const key = `${model}/${batch}`
    const profile = made.get(key) ?? synthesize(model, batch, device)
    made.set(key, profile)
    return profile
  }
}

function recorded(device: Device): Setup['profile'] {
  const shipped = shippedProfiles(device.name)
  return (model, batch) =>
    shipped.some((p) => p.model === model && p.batch === batch)
      ? loadShippedProfile(device.name, model, batch, { file: '--device', path: '' })
      : undefined
}
