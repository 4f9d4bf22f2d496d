import { Command, InvalidArgumentError, Option } from 'commander'
import { ownDeviceOf } from '../device/default-device.js'
import { deviceName } from '../device/device-name.js'
import { attempted, InputError, WorkError } from '../errors.js'
import { isKnownDevice, loadDevice, ownDevices } from '../io/library.js'
import { exitOnSignals } from '../io/signals.js'
import { writeJson } from '../io/write.js'
import type { ModelInput } from '../profile/recipe.js'
import { MOST_BATCH } from '../quantities.js'
import { profilesText } from '../report/pages/profile/text.js'
import { laneCount } from '../simulate/model/branches.js'
import { withForkServer } from '../torch/fork-server.js'
import { type ModelRequest, parseInput } from '../torch/model-request.js'
import { type ProfiledModel, profileModel } from '../torch/profile-model.js'
import type { Hello } from '../torch/protocol.js'
import { requireTorch } from '../torch/require-torch.js'
import { profileTold, type Told } from '../torch/told-processes.js'
import { WorkerRefusal } from '../torch/torch-worker.js'
import type { WorkerProcessOptions } from '../torch/worker-process.js'
import {
  atMost,
  type CommonOptions,
  gathered,
  listOf,
  note,
  type Progress,
  plainName,
  print,
  startProgress,
  tableStyle,
  wholeNumber,
} from './command.js'
import { profileSynthCommand } from './profile-synth.js'
import { checkProfileTarget, profileTarget } from './profile-target.js'

interface ProfileOptions extends CommonOptions {
  readonly batch: readonly number[]
  readonly input?: readonly ModelInput[]
  readonly tokens?: number
  readonly dtype?: string
  readonly name?: string
  readonly device: 'auto' | 'cuda' | 'cpu'
  readonly mps: boolean
  readonly output?: string
}

/** `eclip profile MODEL...` measures; `eclip profile synth` needs no hardware. */
export function profileCommand(): Command {
  return new Command('profile')
    .description("make profiles: every kernel's duration by number of compute units")
    .addCommand(measureCommand(), { isDefault: true })
    .addCommand(profileSynthCommand())
}

function measureCommand(): Command {
  return new Command('measure')
    .description('measure models on this GPU (the default)')
    .argument(
      '<models...>',
      'short names, torchvision:NAME, transformers:TYPE, FILE.pt2 or module:function',
    )
    .option(
      '--batch <list>',
      'batch sizes, separated by commas',
      listOf(atMost(MOST_BATCH, wholeNumber(1))),
      [8],
    )
    .option(
      '--input <name:dtype[shape]>',
      'an input of one sample, such as "ids:int64[128]<30522" (numbers below 30522); repeat it for several',
      gathered(modelInput),
    )
    .option(
      '--tokens <n>',
      'length of a sequence, for models of tokens (default: 128)',
      wholeNumber(1),
    )
    .option('--dtype <name>', 'type of weights and images (default: float16, on a CPU float32)')
    .option('--name <name>', "the model's name in profiles and mixes, for one model", plainName)
    .addOption(
      new Option('--device <name>', 'where the models run')
        .choices(['auto', 'cuda', 'cpu'])
        .default('auto'),
    )
    .option('--no-mps', 'leave out what requests take in processes under shares of MPS')
    .option('-o, --output <folder>', 'write the profiles here, not into the library')
    .option('--json', 'print JSON')
    .action(runProfile)
}

function modelInput(text: string): ModelInput {
  const input = parseInput(text)
  if (input !== undefined) return input
  throw new InvalidArgumentError(
    `expected NAME:DTYPE[SHAPE] or NAME:DTYPE[SHAPE]<LIMIT, found "${text}".`,
  )
}

async function runProfile(models: readonly string[], options: ProfileOptions): Promise<void> {
  const { output } = options
  if (options.name !== undefined && models.length > 1) {
    const expected = 'a single model, as there is a single name'
    throw new InputError({ file: '--name', expected, found: `${models.length} models` })
  }
  checkProfileTarget(output)
  requireTorch()
  const progress = startProgress()
  const measured: KeptProfile[][] = []
  let told: Told | string | undefined
  const undo = exitOnSignals()
  try {
    // A user who names a model on the command line wants to run its code.
    const how = { device: options.device, trust: 'code' } as const
    await withForkServer(models, async (forkServer) => {
      for (const model of models) {
        progress.update(`profiling ${model} at batch ${options.batch.join(', ')}`)
        const request = requestOf(model, options)
        const measuring = profileModel(request, options.batch, { ...how, forkServer, nameDevice })
        const results = await measuring.catch(refuseUnknown)
        measured.push(results.map((result) => keep(result, options)))
      }
    })
    if (options.mps && options.device !== 'cpu')
      told = await profileUnderMps(measured, how, progress)
  } finally {
    progress.done()
    undo()
  }
  const profiled = measured.flat().map((one) => keepTold(one, told))
  print(profiled.map(outline), options, () => profilesText(profiled, tableStyle()))
  note(`profiles: ${profiled.map(({ file }) => file).join(', ')}`)
  for (const text of leftOut(profiled, told)) note(`note: ${text}`)
  const { device } = profiled[0].profile
  if (!isKnownDevice(device))
    note(
      `note: no device is called ${device} yet: eclip characterize measures it; if it gives another name, profile again`,
    )
}

/** What the profiles lack and why, one line each. */
function leftOut(profiled: readonly KeptProfile[], told: Told | string | undefined): string[] {
  const unprobed = profiled.flatMap(({ profile: { model, batch }, unprobed: why }) =>
    why === undefined ? [] : [`${model} at batch ${batch} was not measured beside hogs: ${why}`],
  )
  if (typeof told === 'string') return [...unprobed, `nothing was measured under MPS: ${told}`]
  const failures = told?.failures ?? []
  const untold = failures.map(
    ({ model, reason }) => `${model} was not measured under MPS: ${reason}`,
  )
  return [...unprobed, ...untold]
}

/** A model that does not exist is bad input, whereas any other failure of the worker process is not. */
function refuseUnknown(error: unknown): never {
  if (!(error instanceof WorkerRefusal && error.code === 'unknown-model')) throw error
  const expected = 'models that exist'
  throw new InputError({ file: 'models', expected, found: error.message })
}

/** What requests take alone in processes under MPS, or the reason why that could not be measured. */
async function profileUnderMps(
  measured: readonly (readonly KeptProfile[])[],
  how: WorkerProcessOptions,
  progress: Progress,
): Promise<Told | string> {
  const models = measured.map((batches) => batches.map(({ profile }) => profile))
  const [[{ profile, cus }]] = measured
  // If nobody has characterized a device, it is not known what processes add on it.
  const device = isKnownDevice(profile.device)
    ? loadDevice(profile.device)
    : { granules: [{ cus, cluster: 0 }], costs: { hostTurnaroundUs: 0 } }
  progress.update('starting processes under MPS')
  const told = await attempted(() =>
    profileTold(models, device, how, (model) =>
      progress.update(`measuring ${model} under shares of MPS`),
    ),
  )
  return told instanceof WorkError ? told.message : told
}

function requestOf(model: string, { input, tokens, dtype }: ProfileOptions): ModelRequest {
  return { model, inputs: input, tokens, dtype }
}

/**
 * A profile belongs to the user's own device if the model ran on it, whatever name the user gave
 * the device.
 */
function nameDevice({ kind, name }: Hello['device']): string {
  return ownDeviceOf(ownDevices(), { kind, driverName: name })?.name ?? deviceName(name)
}

/** A profile with its totals and its file. */
interface KeptProfile extends ProfiledModel {
  readonly file: string
}

function keep(result: ProfiledModel, { name, output }: ProfileOptions): KeptProfile {
  const { model } = result.profile
  const profile = { ...result.profile, model: name ?? model, date: new Date().toISOString() }
  const file = profileTarget(profile, output)
  writeJson(file, profile)
  return { ...result, profile, file }
}

/** Writes a profile again if more was measured for it. */
function keepTold(kept: KeptProfile, told: Told | string | undefined): KeptProfile {
  const profile = typeof told === 'object' ? told.profiles.get(kept.profile) : undefined
  if (profile === undefined) return kept
  writeJson(kept.file, profile)
  return { ...kept, profile }
}

function outline(profiled: KeptProfile) {
  const { profile, ...totals } = profiled
  const { model, batch, device, kernels, software, powerW, toldLatencyUs } = profile
  const counts = { kernels: kernels.length, lanes: laneCount(profile) }
  return {
    model,
    batch,
    device,
    ...counts,
    ...totals,
    gapUs: profile.gapUs?.[profiled.cus],
    toldLatencyUs,
    powerW,
    software,
  }
}
