import { dirname } from 'node:path'
import { Command } from 'commander'
import { InputError } from '../errors.js'
import { ownDeviceFile } from '../io/library-folder.js'
import { checkOutputFolder, checkOutputs } from '../io/outputs.js'
import { loadPoints } from '../io/points.js'
import { writeJson } from '../io/write.js'
import { calibrationText } from '../report/pages/calibrate/text.js'
import { calibrate } from '../validate/calibrate.js'
import { FITTED, fittedValues } from '../validate/parameters.js'
import { samplePoints } from '../validate/sample-points.js'
import {
  type MeasureOptions,
  measureCampaign,
  planCampaign,
  printCampaign,
} from './calibrate-measure.js'
import {
  atMost,
  names,
  note,
  numberAbove,
  print,
  startProgress,
  tableStyle,
  wholeNumber,
} from './command.js'

interface CalibrateOptions extends MeasureOptions {
  readonly measure?: boolean
  readonly check?: boolean
  readonly points?: string
  readonly output?: string
  readonly save?: boolean
  readonly trials: number
  readonly perMix: number
}

/** A longer campaign should be a bench, with mixes that somebody has chosen. */
const MOST_MINUTES = 10

/** `eclip calibrate`: a device whose parameters fit measured points. */
export function calibrateCommand(): Command {
  return new Command('calibrate')
    .description("fit a device's contention parameters to measured co-location runs")
    .argument('[points...]', 'files of measured points (eclip.points)')
    .option('--measure', 'measure the most telling mixes of your models on this GPU first')
    .option(
      '--check',
      'say what --measure would measure and how long it takes, and measure nothing',
    )
    .option('--minutes <n>', 'how long --measure may take', atMost(MOST_MINUTES, numberAbove(0)), 5)
    .option(
      '--models <list>',
      'models to measure, such as vit_b_16/8,bert/4 (default: all of yours)',
      names,
    )
    .option(
      '--points <file>',
      'where --measure writes what it measured (default: DEVICE-points.json)',
    )
    .option('--allow-code', 'load models whose profiles name functions or files of their own')
    .option('--device <name>', 'the device to start from, instead of the one the points name')
    .option('-o, --output <file>', 'write the fitted device')
    .option('--save', 'keep the fitted device in your library, under its own name')
    .option('--trials <n>', 'parameter sets to try', wholeNumber(1), 60)
    .option('--per-mix <n>', 'points of each mix to fit on', wholeNumber(1), 4)
    .option('--json', 'print JSON')
    .action(runCalibrate)
}

async function runCalibrate(files: readonly string[], options: CalibrateOptions): Promise<void> {
  if (!options.measure && !options.check) return fit(files, options)
  const campaign = planCampaign(options)
  if (options.check) return printCampaign(campaign, options)
  const { name } = campaign.device
  const { points = `${name}-points.json` } = options
  // Anything that the fit would refuse is refused before minutes are spent on measuring.
  checkOutputs({ '--output': options.output, '--points': points })
  if (options.save) checkOutputFolder('--save', dirname(ownDeviceFile(name)))
  if (files.length > 0) loadPoints(files, options.device, '--device')
  await measureCampaign(campaign, points, options)
  fit([points, ...files], options)
}

function fit(pointsFiles: readonly string[], options: CalibrateOptions): void {
  if (pointsFiles.length === 0) {
    const expected = 'a file of measured points, or --measure'
    throw new InputError({ file: 'calibrate', expected, found: 'neither' })
  }
  const measured = loadPoints(pointsFiles, options.device, '--device')
  checkOutputs({ '--output': options.output })
  const saved = options.save ? ownDeviceFile(measured.device.name) : undefined
  if (saved) checkOutputFolder('--save', dirname(saved))
  const points = samplePoints(measured.points, options.perMix)
  const progress = startProgress()
  const result = calibrate(measured.device, points, {
    profileOf: measured.profileOf,
    trials: options.trials,
    onTrial: (trial, loss) =>
      progress.count('trial', trial, options.trials, `error ${loss.toFixed(4)}`),
  })
  progress.done()
  const files = [options.output, saved].filter((file) => file !== undefined)
  for (const file of files) writeJson(file, result.device)
  const before = fittedValues(measured.device)
  const after = fittedValues(result.device)
  const parameters = FITTED.map(({ section, name, unit, meaning }, i) => ({
    name: `${section}.${name}`,
    before: before[i],
    after: after[i],
    unit,
    meaning,
  }))
  const summary = { lossBefore: result.lossBefore, loss: result.loss, parameters }
  print(summary, options, () => calibrationText(summary, tableStyle()))
  if (files.length > 0) note(`device: ${files.join(', ')}`)
}
