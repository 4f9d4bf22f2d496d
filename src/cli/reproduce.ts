import { Command, InvalidArgumentError, Option } from 'commander'
import { catalog } from '../device/catalog/registry.js'
import type { Device } from '../device/device.js'
import { InputError } from '../errors.js'
import { createEvaluator, type Evaluator } from '../evaluate/evaluator.js'
import { createEvaluatorPool } from '../evaluate/pool.js'
import {
  PERTURBED_WINDOW,
  REGION_WINDOW,
  REPRODUCTION_WINDOWS,
} from '../evaluate/simulation-windows.js'
import { loadShippedProfile, shippedProfiles } from '../io/library.js'
import { checkOutputs } from '../io/outputs.js'
import { writeFile } from '../io/write.js'
import { DEFAULT_PARAMETERS } from '../policy/policy.js'
import { policies } from '../policy/registry.js'
import { reproductionPage } from '../report/pages/reproduce/page.js'
import { changedText } from '../report/pages/reproduce/region-text.js'
import { reproductionText, robustnessText } from '../report/pages/reproduce/text.js'
import { judgeChanged } from '../reproduce/changed.js'
import { reproductionJson } from '../reproduce/json.js'
import type { Model } from '../reproduce/perturb.js'
import { exploreRegion, type Region } from '../reproduce/region.js'
import { type Reproduction, reproduce } from '../reproduce/reproduce.js'
import { robustness } from '../reproduce/robustness.js'
import { type Setup, synthesizedProfiles } from '../reproduce/setup.js'
import type { SimulationWindow } from '../simulate/result.js'
import type { Roofline } from '../synthesize/roofline.js'
import { rooflines } from '../synthesize/rooflines.js'
import type { Scenario } from '../workload/scenario.js'
import {
  type CommonOptions,
  gathered,
  note,
  numberFrom,
  type Progress,
  print,
  startProgress,
  tableStyle,
  wholeNumber,
} from './command.js'

interface Options extends CommonOptions {
  readonly device: 'mi50' | 'h200'
  readonly batch?: number
  readonly report?: string
  readonly seed: number
  readonly ablations: boolean
  readonly region: boolean
  readonly perturb?: boolean
  readonly set?: readonly Setting[]
}

type Setting = readonly [name: string, value: number]

/** Batch size if none is asked for: see docs/reproduce.md. */
const DEFAULT_BATCH = { mi50: 1, h200: 8 } as const
/** How many plans the windows search may simulate for each mix: enough to settle, few enough to wait for. */
const SEARCH_PLANS = 48
const PERTURBATIONS = [0.2, -0.2]
/**
 * How many parameter sets are checked against the evidence, and how many at most are judged by their
 * claims. It takes a minute.
 */
const REGION = { draws: 160, most: 32 } as const

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
    .option('--report <file>', "write a page with every figure and table beside the paper's")
    .option('--seed <n>', 'seed of simulations and searches', wholeNumber(0), 1)
    .option('--no-ablations', 'leave the ablations out')
    .option('--no-region', 'leave out the other models that agree with the evidence')
    .option(
      '--set <name=value>',
      'instead, judge the claims with a number of the model replaced; several times for several',
      gathered(setting),
    )
    .option('--perturb', 'instead, change each parameter by 20% and judge the claims (minutes)')
    .option('--json', 'print the results as JSON')
    .action((options: Options) => {
      if (options.set !== undefined) return runChanged(options, new Map(options.set))
      return options.perturb ? runPerturbed(options) : runReproduction(options)
    })
}

/** `contention.knee=0.65` */
function setting(text: string): Setting {
  const [name, value, ...more] = text.split('=')
  if (value === undefined || value === '' || more.length > 0) {
    throw new InvalidArgumentError(`expected NAME=VALUE, found "${text}".`)
  }
  return [name, numberFrom(0)(value)]
}

async function runReproduction(options: Options): Promise<void> {
  checkOutputs({ '--report': options.report })
  const progress = startProgress()
  const whole = await reproduction(options, progress).finally(progress.done)
  if (options.report !== undefined) {
    writeFile(options.report, reproductionPage(whole))
    note(`wrote ${options.report}`)
  }
  const json = options.json ? reproductionJson(whole) : whole
  print(json, options, () => reproductionText(whole, tableStyle()))
}

async function reproduction(options: Options, progress: Progress): Promise<Reproduction> {
  const result = await reproduce(setupOf(options), {
    ablations: options.ablations ? 'run' : 'skip',
    onStep: progress.update,
  })
  const region = await regionOf(options, progress)
  return region === undefined ? result : { ...result, region }
}

/** The other models that agree with the evidence. They exist only where profiles follow from a model. */
async function regionOf(options: Options, progress: Progress): Promise<Region | undefined> {
  if (!options.region || options.device !== 'mi50' || (options.batch ?? 1) !== 1) return undefined
  return exploreRegion(modelled(options, '--region'), {
    ...REGION,
    seed: options.seed,
    setupOf: changedSetup(options, (scenario) =>
      createEvaluator(scenario, { seed: options.seed, mode: 'exact', ...REGION_WINDOW }),
    ),
    onStep: progress.update,
  })
}

/** Shows which claims survive a change of each parameter of the modelled device. */
async function runPerturbed(options: Options): Promise<void> {
  const model = modelled(options, '--perturb')
  const progress = startProgress()
  const result = await robustness(model, {
    changes: PERTURBATIONS,
    setupOf: changedSetup(options, perturbedEvaluator(options)),
    onStep: progress.update,
  }).finally(progress.done)
  print(result, options, (r) => robustnessText(r, tableStyle()))
}

/** Shows which claims move when numbers of the model are replaced. */
async function runChanged(options: Options, values: ReadonlyMap<string, number>): Promise<void> {
  const model = modelled(options, '--set')
  const progress = startProgress()
  const result = await judgeChanged(model, values, {
    setupOf: changedSetup(options, perturbedEvaluator(options)),
    onStep: progress.update,
  }).finally(progress.done)
  print(result, options, (r) => changedText(r, tableStyle()))
}

/**
 * The modelled device and roofline.
 * @throws InputError for a device whose profiles are measured
 */
function modelled(options: Options, flag: string): Model {
  const roofline = rooflines.get(options.device)
  if (options.device === 'mi50' && roofline !== undefined) {
    return { device: catalog.get(options.device)!, roofline }
  }
  const expected = `mi50 with ${flag}: the profiles of other devices are measured`
  throw new InputError({ file: '--device', expected, found: options.device })
}

function changedSetup(
  options: Options,
  openEvaluatorOf: (scenario: Scenario) => Evaluator,
): (model: Model) => Setup {
  return (model) => ({
    ...setup(options, model.device, synthesizedProfiles(model)),
    openEvaluator: openEvaluatorOf,
  })
}

function perturbedEvaluator({ seed }: Options): (scenario: Scenario) => Evaluator {
  return (scenario) => openEvaluator(seed, scenario, PERTURBED_WINDOW)
}

function setupOf(options: Options): Setup {
  const device = catalog.get(options.device)!
  const roofline = rooflines.get(device.name) as Roofline
  const profile =
    options.device === 'mi50' ? synthesizedProfiles({ device, roofline }) : recordedProfiles(device)
  const made = setup(options, device, profile)
  if (profile('albert', made.batch) === undefined) {
    const shipped = [...new Set(shippedProfiles(device.name).map((p) => p.batch))]
    const expected = `one of ${shipped.join(', ')} on ${device.name}`
    throw new InputError({ file: '--batch', expected, found: `${made.batch}` })
  }
  return made
}

function setup(options: Options, device: Device, profile: Setup['profile']): Setup {
  const { seed } = options
  return {
    device,
    batch: options.batch ?? DEFAULT_BATCH[options.device],
    profile,
    policies,
    parameters: { ...DEFAULT_PARAMETERS, searchPlans: SEARCH_PLANS, seed },
    seed,
    openEvaluator: (scenario, purpose) =>
      openEvaluator(seed, scenario, REPRODUCTION_WINDOWS[options.device][purpose]),
  }
}

function openEvaluator(seed: number, scenario: Scenario, window: SimulationWindow): Evaluator {
  return createEvaluatorPool(scenario, { seed, mode: 'exact', ...window })
}

/** Profiles that ship, as far as there are any. */
function recordedProfiles(device: Device): Setup['profile'] {
  const shipped = shippedProfiles(device.name)
  return (model, batch) =>
    shipped.some((p) => p.model === model && p.batch === batch)
      ? loadShippedProfile(device.name, model, batch, { file: '--device', path: '' })
      : undefined
}
