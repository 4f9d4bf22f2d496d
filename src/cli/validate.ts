import { Command, Option } from 'commander'
import { checkOutputs } from '../io/outputs.js'
import { loadPoints, type MeasuredPoints } from '../io/points.js'
import { writeFile } from '../io/write.js'
import { validationPage } from '../report/pages/validate/page.js'
import { validationText } from '../report/pages/validate/text.js'
import { errorsByMix, errorsOf } from '../validate/errors.js'
import { type LeftOut, leaveOneOut } from '../validate/leave-one-out.js'
import type { Point } from '../validate/points.js'
import { type Prediction, predict } from '../validate/predict.js'
import { samplePoints } from '../validate/sample-points.js'
import {
  type CommonOptions,
  note,
  type Progress,
  print,
  startProgress,
  tableStyle,
  wholeNumber,
} from './command.js'

interface ValidateOptions extends CommonOptions {
  readonly device?: string
  readonly mode: 'exact' | 'coarse'
  readonly leaveOneOut?: boolean
  readonly leaveOneModelOut?: boolean
  readonly trials: number
  readonly perMix?: number
  readonly report?: string
}

/** Points of each mix to which a fold of leave-one-out is fitted. */
const FIT_PER_MIX = 2

/** `eclip validate`: compares simulated with measured results, and prints the errors. */
export function validateCommand(): Command {
  return new Command('validate')
    .description('simulate measured co-location runs and print how far the simulator is off')
    .argument('<points...>', 'files of measured points (eclip.points)')
    .option('--device <name>', 'a device file instead of the one the points name')
    .option('--coarse', 'simulate coarsely: faster, rates a few percent off')
    .option('--per-mix <n>', 'at most this many points of each mix', wholeNumber(1))
    .option('--leave-one-out', 'predict each mix by parameters fitted on all others')
    .addOption(
      new Option(
        '--leave-one-model-out',
        'predict all mixes with a model by parameters fitted on those without',
      ).conflicts('leaveOneOut'),
    )
    .option('--trials <n>', 'parameter sets a fit may try', wholeNumber(1), 40)
    .option('--report <file>', 'write predicted against measured as an HTML page')
    .option('--json', 'print JSON')
    .action((files: string[], options: ValidateOptions & { coarse?: boolean }) =>
      runValidate(files, { ...options, mode: options.coarse ? 'coarse' : 'exact' }),
    )
}

function runValidate(files: readonly string[], options: ValidateOptions): void {
  const measured = loadPoints(files, options.device, '--device')
  checkOutputs({ '--report': options.report })
  const points = options.perMix ? samplePoints(measured.points, options.perMix) : measured.points
  const progress = startProgress()
  const leftOut = options.leaveOneOut ? 'mix' : options.leaveOneModelOut ? 'model' : undefined
  const predictions = leftOut
    ? predictLeftOut(measured, points, leftOut, options, progress)
    : points.map((point, i) => {
        progress.count('simulated', i, points.length)
        return predict(measured.device, point, measured.profileOf, { mode: options.mode })
      })
  progress.done()
  if (options.report) writeFile(options.report, validationPage(predictions))
  print(
    {
      device: measured.device.name,
      ...errorsOf(predictions),
      mixes: errorsByMix(predictions),
    },
    options,
    () => validationText(predictions, tableStyle()),
  )
  if (options.report) note(`report: ${options.report}`)
}

function predictLeftOut(
  { device, profileOf }: MeasuredPoints,
  points: readonly Point[],
  leftOut: LeftOut,
  { mode, trials }: ValidateOptions,
  progress: Progress,
): Prediction[] {
  let fold = { left: '', done: 0, of: 1 }
  const folds = leaveOneOut(device, points, {
    profileOf,
    mode,
    trials,
    leftOut,
    fitPerMix: FIT_PER_MIX,
    onFold: (left, done, of) => {
      fold = { left, done, of }
    },
    onTrial: (trial) =>
      progress.count(
        'fold',
        fold.done,
        fold.of,
        `trial ${trial} of ${trials} without ${fold.left}`,
      ),
  })
  return folds.flatMap(({ predictions }) => predictions)
}
