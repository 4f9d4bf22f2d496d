import { dirname } from 'node:path'
import { Command } from 'commander'
import { ownDeviceFile } from '../io/library-folder.js'
import { checkOutputFolder, checkOutputs } from '../io/outputs.js'
import { loadPoints } from '../io/points.js'
import { writeJson } from '../io/write.js'
import { textTable } from '../report/kit/index.js'
import { calibrate } from '../validate/calibrate.js'
import { FITTED, fittedValues } from '../validate/parameters.js'
import { samplePoints } from '../validate/sample-points.js'
import {
  type CommonOptions,
  note,
  print,
  startProgress,
  tableStyle,
  wholeNumber,
} from './command.js'

interface CalibrateOptions extends CommonOptions {
  readonly device?: string
  readonly output?: string
  readonly save?: boolean
  readonly trials: number
  readonly perMix: number
}

/** `eclip calibrate`: a device whose parameters fit measured points. */
export function calibrateCommand(): Command {
  return new Command('calibrate')
    .description("fit a device's contention parameters to measured co-location runs")
    .argument('<points...>', 'files of measured points (eclip.points)')
    .option('--device <name>', 'the device to start from, instead of the one the points name')
    .option('-o, --output <file>', 'write the fitted device')
    .option('--save', 'keep the fitted device in your library, under its own name')
    .option('--trials <n>', 'parameter sets to try', wholeNumber(1), 60)
    .option('--per-mix <n>', 'points of each mix to fit on', wholeNumber(1), 4)
    .option('--json', 'print JSON')
    .action(runCalibrate)
}

function runCalibrate(pointsFiles: readonly string[], options: CalibrateOptions): void {
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
  print(summary, options, () => toText(summary))
  if (files.length > 0) note(`device: ${files.join(', ')}`)
}

function toText(summary: {
  readonly lossBefore: number
  readonly loss: number
  readonly parameters: readonly {
    readonly name: string
    readonly before: number
    readonly after: number
    readonly unit: string
    readonly meaning: string
  }[]
}): string {
  const rows = summary.parameters.map(({ name, before, after, unit, meaning }) => [
    name,
    before.toPrecision(3),
    after.toPrecision(3),
    unit,
    meaning,
  ])
  const table = textTable(['parameter', 'before', 'fitted', 'unit', 'meaning'], rows, tableStyle())
  return `${table}error ${summary.lossBefore.toFixed(4)} before, ${summary.loss.toFixed(4)} fitted`
}
