import { Command } from 'commander'
import { startBusyPolling } from '../busy-poll.js'
import { InputError, WorkError } from '../errors.js'
import { checkOutputs } from '../io/outputs.js'
import { exitCodeOf, onNextSignal } from '../io/signals.js'
import { writeFile } from '../io/write.js'
import type { InferenceClient } from '../load/client/client.js'
import { startWallClock } from '../load/clock.js'
import type { ModelLoad } from '../load/model-load.js'
import { prepareLoads } from '../load/prepare.js'
import { type LoadResult, loadResult } from '../load/result.js'
import { type LoadRun, type Measurement, startLoad } from '../load/run.js'
import { SharedMemory } from '../load/shared-memory.js'
import { loadReport } from '../report/pages/load/page.js'
import { failureText, lagText, loadTable, reasonLines } from '../report/pages/load/text.js'
import {
  atMost,
  type CommonOptions,
  note,
  numberAbove,
  numberFrom,
  print,
  startProgress,
  tableStyle,
  wholeNumber,
} from './command.js'
import { addClientOptions, type ClientFlags, clientOf, inputChoices } from './load-client.js'
import { addModelOptions, type ModelOptions, modelLoads } from './load-models.js'
import { demandOf } from './scenario.js'

interface LoadOptions extends CommonOptions, ModelOptions, ClientFlags {
  readonly seconds?: number
  readonly requests?: number
  readonly warmup: number
  readonly seed: number
  readonly busyPoll?: true
  readonly report?: string
}

const DEFAULT_SECONDS = 10
/** The most models of a server that are all loaded if none is named: the requests and counts of each take memory. */
const MOST_MODELS = 256
/** A week. Every second of measurement takes memory. */
const LONGEST_S = 604_800

/** `eclip load`: puts load on an inference server and reports the outcomes. */
export function loadCommand(): Command {
  const command = new Command('load')
    .description('send requests to an inference server and measure what becomes of them')
    .argument(
      '<url>',
      'http://HOST:PORT or grpc://HOST:PORT of a server of the Open Inference Protocol',
    )
  return addClientOptions(addModelOptions(command))
    .option(
      '--seconds <s>',
      `seconds that are measured (default: ${DEFAULT_SECONDS}, or until --requests)`,
      atMost(LONGEST_S, numberAbove(0)),
    )
    .option('--requests <n>', 'requests that are measured, of all models together', wholeNumber(1))
    .option(
      '--warmup <s>',
      'seconds that are sent ahead and not counted',
      atMost(LONGEST_S, numberFrom(0)),
      1,
    )
    .option('--seed <n>', 'of arrivals and inputs', wholeNumber(0), 1)
    .option('--busy-poll', 'never sleep between answers: exact latencies, for a processor core')
    .option('--report <file>', 'write a self-contained HTML report')
    .option('--json', 'print JSON')
    .action(runLoad)
}

async function runLoad(url: string, options: LoadOptions): Promise<void> {
  const { seed, warmup, requests } = options
  const demand = options.demand === undefined ? undefined : demandOf(options.demand)
  checkOutputs({ '--report': options.report })
  const client = clientOf(url, options)
  const clock = startWallClock()
  const sleepAgain = options.busyPoll && startBusyPolling()
  const interruption = onInterruption(() => {
    clock.stop()
    client.close()
  })
  let memory: SharedMemory | undefined
  let run: LoadRun | undefined
  try {
    if (options.sharedMemory) memory = await SharedMemory.of(client, url)
    const ready = options.model ? [] : await modelsOf(client, url)
    const loads = modelLoads(options, ready, demand)
    const prepared = await prepareLoads(client, loads, inputChoices(options), seed, memory)
    run = startLoad(prepared, {
      warmupS: warmup,
      measuredS: options.seconds ?? (requests === undefined ? DEFAULT_SECONDS : undefined),
      requests,
      seed,
      clock,
      signal: interruption.signal,
    })
    const measurement = await watched(run, loads)
    finish(loadResult({ url, seed, warmupS: warmup }, loads, measurement), options)
    if (measurement.interrupted) process.exitCode = interruption.exitCode
  } catch (error) {
    // An interruption closes the connections, so a failure before the load has begun is its
    // consequence and no error.
    if (run !== undefined || !interruption.signal.aborted) throw error
    note('interrupted before the load began')
    process.exitCode = interruption.exitCode
  } finally {
    await memory?.release()
    interruption.end()
    client.close()
    clock.stop()
    sleepAgain?.()
  }
}

function finish(result: LoadResult, options: LoadOptions): void {
  if (options.report !== undefined) {
    writeFile(options.report, loadReport(result))
    note(`report: ${options.report}`)
  }
  print(result, options, () =>
    [loadTable(result, tableStyle()), ...reasonLines(result), lagText(result)].join('\n'),
  )
  const failure = failureText(result)
  if (failure !== undefined && !result.interrupted) throw new WorkError(failure)
}

async function modelsOf(client: InferenceClient, url: string): Promise<string[]> {
  const models = await client.readyModels().catch((error: Error) => {
    throw new WorkError(`${url} gave no list of its models (--model names them): ${error.message}`)
  })
  if (models.length > 0 && models.length <= MOST_MODELS) return models
  const expected = `1 to ${MOST_MODELS} models that are ready (--model names those to load)`
  throw new InputError({ file: url, expected, found: `${models.length}` })
}

interface Interruption {
  readonly signal: AbortSignal
  /** Of a process that was interrupted like this one. */
  readonly exitCode: number
  end(): void
}

/** The first signal ends the measurement, whose result is printed; a second one ends the process. */
function onInterruption(stop: () => void): Interruption {
  const controller = new AbortController()
  const end = onNextSignal((signal) => {
    controller.abort(signal)
    stop()
  })
  return {
    signal: controller.signal,
    get exitCode() {
      return exitCodeOf(controller.signal.reason)
    },
    end,
  }
}

/** Shows the progress of a run while it lasts. */
async function watched(run: LoadRun, loads: readonly ModelLoad[]): Promise<Measurement> {
  const progress = startProgress()
  const timer = setInterval(() => progress.update(progressText(run, loads)), 500)
  try {
    return await run.done
  } finally {
    clearInterval(timer)
    progress.done()
  }
}

function progressText({ tallies }: LoadRun, loads: readonly ModelLoad[]): string {
  return tallies
    .map(({ sent, endings, underWay, seconds }, i) => {
      const p95 = seconds.at(-1)?.latencyMs?.p95
      const notAnswered = endings.refused + endings.dropped + endings.failed
      const counts = `${sent} sent, ${notAnswered} not answered, ${underWay} under way`
      return `${loads[i].model}: ${counts}${p95 === undefined ? '' : `, p95 ${p95.toFixed(1)} ms`}`
    })
    .join('; ')
}
