import { join } from 'node:path'
import {
  CAMPAIGN_SETTINGS,
  type CampaignListener,
  campaignSeconds,
  measureMixes,
} from '../bench/campaign.js'
import { type Device, isHost } from '../device/device.js'
import { InputError } from '../errors.js'
import { loadDevice, readProfile, shippedProfiles } from '../io/library.js'
import { libraryFolder, ownProfileFiles } from '../io/library-folder.js'
import { loadScenario } from '../io/scenario.js'
import { exitOnSignals } from '../io/signals.js'
import { writeJson } from '../io/write.js'
import { sum } from '../numbers.js'
import { createRandom } from '../random.js'
import { campaignText } from '../report/pages/calibrate/campaign.js'
import { isBuiltIn, isLoadable, modelRequest } from '../torch/model-request.js'
import { requireTorch } from '../torch/require-torch.js'
import { trustIn } from '../torch/trust.js'
import { drawMixes, type TellingMix, tellingMixes, trialMix } from '../validate/telling-mixes.js'
import {
  type CommonOptions,
  measuredNow,
  note,
  print,
  startProgress,
  tableStyle,
} from './command.js'
import { meantDevice } from './scenario.js'

/** Options of `eclip calibrate --measure`. */
export interface MeasureOptions extends CommonOptions {
  readonly device?: string
  readonly models?: readonly string[]
  readonly minutes: number
  readonly allowCode?: true
}

/** How many mixes are simulated to find out what they would tell, at about two seconds each. */
const CANDIDATES = 12
const SEED = 1

/** The most informative mixes of the user's models that can be measured in the available time. */
export interface Campaign {
  readonly device: Device
  readonly mixes: readonly TellingMix[]
}

/** @throws InputError if there are fewer than two models to mix */
export function planCampaign(options: MeasureOptions): Campaign {
  const named = options.device ?? meantDevice()
  const device = loadDevice(named, '--device')
  const models = options.models ?? profiledModels(device, options.allowCode)
  if (models.length < 2) {
    const expected = `at least two models to mix, with profiles for ${device.name}`
    const found = models.length === 0 ? 'none' : models[0]
    const file = options.models ? '--models' : join(libraryFolder(), 'profiles')
    throw new InputError({ file, expected, found })
  }
  const mixes = drawMixes(models, CANDIDATES, createRandom(SEED)).map((mix) => {
    const scenario = loadScenario(mix, named)
    trustIn(scenario.workers, options.allowCode)
    return trialMix(scenario)
  })
  const progress = startProgress()
  const chosen = tellingMixes(mixes, campaignSeconds, 60 * options.minutes, (i) =>
    progress.count('simulating mix', i + 1, mixes.length),
  )
  progress.done()
  if (chosen.length > 0) return { device, mixes: chosen }
  const expected = `at least ${Math.ceil(Math.min(...mixes.map(campaignSeconds)) / 60)}, for one mix`
  throw new InputError({ file: '--minutes', expected, found: `${options.minutes}` })
}

/** The user's own models for a device, or the shipped ones if there are none, named as in mixes. */
function profiledModels({ name }: Device, allowCode: true | undefined): string[] {
  const own = ownProfileFiles().filter(({ device }) => device === name)
  const files = own.length > 0 ? own : shippedProfiles(name)
  return files.flatMap(({ model, batch, file }) => {
    const profile = readProfile(file)
    if (!isLoadable(profile)) return []
    if (allowCode || isBuiltIn(modelRequest(profile).model)) return [`${model}/${batch}`]
    note(`note: ${model}/${batch} is left out, whose model is code: --allow-code`)
    return []
  })
}

/** Prints what would be measured, and how long it takes. */
export function printCampaign({ device, mixes }: Campaign, options: MeasureOptions): void {
  const rows = mixes.map((mix) => ({
    mix: mix.scenario.workers.map(({ profile }) => `${profile.model}/${profile.batch}`).join('+'),
    plans: mix.plans.map(({ evidence }) => evidence.policy),
    information: mix.information,
    seconds: campaignSeconds(mix),
  }))
  const campaign = {
    device: device.name,
    mixes: rows,
    seconds: sum(rows.map((row) => row.seconds)),
  }
  print(campaign, options, () => campaignText(campaign, tableStyle()))
}

/**
 * Measures a campaign. Every point is written at once, so that nothing that happens later can lose it.
 * @throws WorkError if no mix could be measured
 */
export async function measureCampaign(
  { device, mixes }: Campaign,
  file: string,
  options: MeasureOptions,
): Promise<void> {
  requireTorch()
  const progress = startProgress()
  const undo = exitOnSignals()
  const since = performance.now()
  const listener: CampaignListener = {
    progress: progress.update,
    measured: (points) => writeJson(file, points),
    failed: ({ scenario }, reason) =>
      note(`note: ${scenario.workers.map(({ name }) => name).join('+')}: ${reason}`),
    hasTimeFor: (mix) =>
      (performance.now() - since) / 1000 + campaignSeconds(mix) < 60 * options.minutes,
  }
  const provenance = {
    description: `eclip calibrate --measure: one window of ${CAMPAIGN_SETTINGS.seconds} s of each plan`,
    ...measuredNow(),
  }
  try {
    await measureMixes(mixes, provenance, listener, {
      trust: options.allowCode ? 'code' : 'libraries',
      device: isHost(device) ? 'cpu' : 'auto',
    })
  } finally {
    progress.done()
    undo()
  }
  note(`points: ${file}`)
}
