import { Command } from 'commander'
import { REPORT_WARMUP_US, TIMELINE_US } from '../evaluate/simulation-windows.js'
import { soloRates } from '../evaluate/solo.js'
import { checkOutputs } from '../io/outputs.js'
import { readFile } from '../io/read.js'
import { writeFile } from '../io/write.js'
import { checkPlan } from '../plan/check.js'
import { planSchema } from '../plan/plan.js'
import { fixed, significant, textTable } from '../report/kit/index.js'
import { chromeTrace } from '../report/trace/chrome-trace.js'
import { type Metrics, metricsOf } from '../simulate/metrics.js'
import type { KernelSpan } from '../simulate/result.js'
import { simulate } from '../simulate/simulate.js'
import { type CommonOptions, note, numberAbove, print, tableStyle, wholeNumber } from './command.js'
import { scenarioOf, WORKLOAD_HELP } from './scenario.js'

interface SimulateOptions extends CommonOptions {
  readonly plan: string
  readonly device?: string
  readonly seconds: number
  readonly seed: number
  readonly coarse?: boolean
  readonly trace?: string
}

export function simulateCommand(): Command {
  return new Command('simulate')
    .description('simulate one plan of a workload')
    .argument('<workload>', WORKLOAD_HELP)
    .requiredOption('--plan <file>', 'the plan to run')
    .option('--device <name>', 'another device than the workload names')
    .option('--seconds <s>', 'simulated time that is measured', numberAbove(0), 1)
    .option('--seed <n>', 'seed of arrivals', wholeNumber(0), 1)
    .option('--coarse', 'simulate coarsely: faster, rates a few percent off')
    .option('--trace <file>', 'write a Chrome trace of the first milliseconds (Perfetto opens it)')
    .option('--json', 'print JSON')
    .action(runSimulate)
}

function runSimulate(workload: string, options: SimulateOptions): void {
  const scenario = scenarioOf(workload, options.device)
  const plan = readFile(options.plan, planSchema)
  checkPlan(plan, scenario, options.plan)
  checkOutputs({ '--trace': options.trace })
  const spans: KernelSpan[] = []
  const result = simulate(scenario, plan, {
    seed: options.seed,
    warmupUs: REPORT_WARMUP_US,
    durationUs: options.seconds * 1e6,
    mode: options.coarse ? 'coarse' : 'exact',
    ...(options.trace && {
      onKernel: (span) => {
        if (span.startUs < TIMELINE_US) spans.push(span)
      },
    }),
  })
  if (options.trace) {
    const trace = chromeTrace(scenario, [{ policy: plan.evidence.policy, spans }])
    writeFile(options.trace, JSON.stringify(trace))
  }
  const metrics = metricsOf(result, soloRates(scenario))
  print({ policy: plan.evidence.policy, metrics }, options, () => toText(metrics))
  if (options.trace) note(`trace: ${options.trace}`)
}

function toText(metrics: Metrics): string {
  const head = ['worker', 'requests/s', 'of solo', 'p50 ms', 'p95 ms', 'p99 ms', 'switches']
  const rows = metrics.workers.map((worker) => [
    worker.name,
    significant(worker.requestsPerSecond),
    fixed(worker.normalizedThroughput),
    significant(worker.p50Ms),
    significant(worker.p95Ms),
    significant(worker.p99Ms),
    `${worker.switchesPerRequest}`,
  ])
  const table = textTable(head, rows, tableStyle())
  return `${table}weighted speedup ${fixed(metrics.weightedSpeedup)}, fairness ${fixed(metrics.fairness)}, ${fixed(metrics.powerW, 0)} W, ${significant(metrics.requestsPerJoule)} requests per joule`
}
