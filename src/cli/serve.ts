import { Command, InvalidArgumentError, Option } from 'commander'
import { type Benchmark, benchmarkOf, withBenchmark } from '../bench/demand/benchmarked.js'
import { ownContender } from '../bench/demand/contenders.js'
import { goodputFileSchema } from '../bench/demand/goodput-file.js'
import { startBusyPolling } from '../busy-poll.js'
import { InputError } from '../errors.js'
import { ownManifest } from '../io/manifest.js'
import { readServingPlan } from '../io/plan.js'
import { readFile } from '../io/read.js'
import { exitOnSignals, onNextSignal } from '../io/signals.js'
import type { ServingPlan } from '../plan/serving-plan.js'
import { DEVICE_KINDS, type DeviceKind, openServingDevice } from '../serve/backend/devices.js'
import type { PlanBackend } from '../serve/backend/plan-backend.js'
import { servedNames, servedPlan } from '../serve/backend/served-plan.js'
import { UnplannedBackend } from '../serve/backend/unplanned-backend.js'
import { DEFAULT_LIMITS } from '../serve/limits.js'
import { type Log, logTo } from '../serve/log.js'
import { firstPlan, PLAN_SECONDS } from '../serve/planning/first-plan.js'
import { demandModelOf } from '../serve/planning/model-facts.js'
import { type RunningServer, startServer } from '../serve/server.js'
import { type Serving, serveDemand, viewOf } from '../serve/serving.js'
import { Tracer } from '../serve/telemetry/traces.js'
import { apiKeysSchema } from '../serve/tenants.js'
import { modelRequest } from '../torch/model-request.js'
import { requireTorch } from '../torch/require-torch.js'
import { trustIn } from '../torch/trust.js'
import type { Trust } from '../torch/worker-process.js'
import type { Demand } from '../workload/demand.js'
import { atMost, type CommonOptions, numberFrom, plainName, print, wholeNumber } from './command.js'
import { demandOrWorkloadOf } from './scenario.js'

/** What runs the models, and for a simulated device which one; by default the demand's. */
interface ServingDevice {
  readonly kind: DeviceKind
  readonly name?: string
}

interface ServeOptions extends CommonOptions {
  readonly device: ServingDevice
  readonly plan?: string
  readonly bench?: string
  readonly planSeconds: number
  readonly replan?: true
  readonly host: string
  readonly httpPort: number
  readonly grpcPort: number
  readonly serverName: string
  readonly apiKeys?: string
  readonly mostWaiting: number
  readonly modelMemoryMb?: number
  readonly bodyMb: number
  readonly drainSeconds: number
  readonly busyPoll?: true
  readonly allowCode?: true
  readonly traces?: string
  readonly traceShare: number
}

const MB = 2 ** 20
const LAST_PORT = 65_535
/** A longer body could never be accepted, because it exceeds the memory for all requests together. */
const MOST_BODY_MB = DEFAULT_LIMITS.heldBytes / MB
const MOST_WAITING = 1_000_000
const LONGEST_DRAIN_S = 86_400

/** `eclip serve`: the inference server. */
export function serveCommand(): Command {
  return new Command('serve')
    .description('serve models over the Open Inference Protocol, sharing the device under a plan')
    .argument('<demand>', 'a demand or workload file, or MODEL/SAMPLES:RATE@TARGET+…')
    .addOption(
      new Option(
        '--device <kind>',
        'sim (answers in real time, computes nothing), sim:NAME (as another device than the demand names), cpu, cuda or hip',
      )
        .argParser(deviceOf)
        .default({ kind: 'sim' }, 'sim'),
    )
    .option('--plan <file>', 'what eclip size made; without it, one is made')
    .option('--bench <file>', 'what eclip bench measured of that plan, for the dashboard')
    .option(
      '--plan-seconds <s>',
      'how long making a plan may take; 0: a rough one at once',
      numberFrom(0),
      PLAN_SECONDS,
    )
    .option('--replan', 'make another plan when the load has moved away from the demand')
    .option('--host <address>', 'where to listen', hostOf, '127.0.0.1')
    .option('--http-port <n>', '0 for any', atMost(LAST_PORT, wholeNumber(0)), 8000)
    .option('--grpc-port <n>', '0 for any', atMost(LAST_PORT, wholeNumber(0)), 8001)
    .option('--server-name <name>', 'some clients look for "triton"', plainName, 'eclip')
    .option('--api-keys <file>', 'the key of each tenant; without it, everybody may ask')
    .option(
      '--model-memory-mb <n>',
      'device memory of a model, all its instances together, in MiB',
      wholeNumber(1),
    )
    .option(
      '--most-waiting <rows>',
      'of a model, waiting or running',
      atMost(MOST_WAITING, wholeNumber(1)),
      1024,
    )
    .option(
      '--body-mb <n>',
      'longest request, in MiB',
      atMost(MOST_BODY_MB, wholeNumber(1)),
      DEFAULT_LIMITS.bodyBytes / MB,
    )
    .option(
      '--traces <url>',
      'collector of OpenTelemetry (OTLP over HTTP), http://HOST:4318',
      urlOf,
    )
    .option(
      '--trace-share <x>',
      'of requests whose client does not say, 0 to 1',
      atMost(1, numberFrom(0)),
      0.01,
    )
    .option(
      '--drain-seconds <s>',
      'how long requests may go on after SIGTERM',
      atMost(LONGEST_DRAIN_S, numberFrom(0)),
      10,
    )
    .option('--busy-poll', 'never sleep between requests: lower latency, for a processor core')
    .option('--allow-code', 'load models whose profiles name functions or files of their own')
    .option('--json', 'print JSON')
    .action(runServe)
}

function deviceOf(text: string): ServingDevice {
  if (text.startsWith('sim:')) return { kind: 'sim', name: text.slice('sim:'.length) }
  const kind = DEVICE_KINDS.find((one) => one === text)
  if (kind !== undefined) return { kind }
  const expected = [...DEVICE_KINDS, 'sim:NAME'].join(', ')
  throw new InvalidArgumentError(`expected one of ${expected}, found "${text}".`)
}

function hostOf(text: string): string {
  if (/^[\w.:%-]+$/.test(text)) return text
  throw new InvalidArgumentError(`expected an address or the name of a host, found "${text}".`)
}

function urlOf(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text
  throw new InvalidArgumentError(`expected http://HOST:PORT, found "${text}".`)
}

async function runServe(file: string, options: ServeOptions): Promise<void> {
  const { kind, name } = options.device
  const demand = demandOrWorkloadOf(file, name)
  const keys = options.apiKeys !== undefined ? readFile(options.apiKeys, apiKeysSchema) : undefined
  const given = options.plan === undefined ? undefined : readServingPlan(options.plan, demand)
  const benchmark = benchmarkFor(given, demand, options)
  const trust = kind === 'sim' ? 'libraries' : trustIn(loadedProfiles(demand), options.allowCode)
  if (kind !== 'sim') requireTorch()
  const log = logTo(process.stderr)
  let served = undefined as Serving | undefined
  const open = async (): Promise<PlanBackend> => {
    const plan = given ?? (await firstPlan(demand, kind, options.planSeconds, log))
    const wanted = servedPlan(plan, demand, kind)
    served = openServed(wanted, { demand, trust, benchmark }, options, log)
    return served.backend
  }
  let undo = exitOnSignals()
  const sleepAgain = options.busyPoll && startBusyPolling()
  try {
    const server = await startServer({
      backend: new UnplannedBackend(servedNames(demand.models), viewOf(kind, demand)),
      open,
      name: options.serverName,
      version: ownManifest().version,
      host: options.host,
      httpPort: options.httpPort,
      grpcPort: options.grpcPort,
      ...(keys && { keys }),
      limits: { bodyBytes: options.bodyMb * MB },
      log,
      ...(options.replan && { replanner: { look: async (told) => served?.replanner.look(told) } }),
      ...(options.traces && { tracer: tracerOf(options.traces, options, log) }),
    })
    // From here on, a signal lets requests under way end first.
    undo()
    announce(server, options)
    await new Promise(onNextSignal)
    // A second one ends the process at once.
    undo = exitOnSignals()
    await server.stop(options.drainSeconds * 1000)
  } finally {
    await served?.close()
    undo()
    sleepAgain?.()
  }
}

/** The profile of each model that tells how to load the model. */
function loadedProfiles({ models }: Demand) {
  return models.map(({ name, profiles }) => ({ name, profile: profiles[0] }))
}

/**
 * The benchmark in `--bench` for the given plan, if the flag was used.
 * @throws InputError if the benchmark does not cover the plan
 */
function benchmarkFor(
  given: ServingPlan | undefined,
  demand: Demand,
  { bench: file }: ServeOptions,
): Benchmark | undefined {
  if (file === undefined) return undefined
  if (given === undefined) {
    const expected = 'the plan that was measured, as --plan'
    throw new InputError({ file: '--bench', expected, found: 'no --plan' })
  }
  const own = ownContender(demand, 'the plan', given)
  return benchmarkOf(own, readFile(file, goodputFileSchema), file)
}

/** What is served, whichever plan is made for it. */
interface Subject {
  readonly demand: Demand
  readonly trust: Trust
  readonly benchmark: Benchmark | undefined
}

function openServed(
  wanted: ServingPlan,
  { demand, trust, benchmark }: Subject,
  options: ServeOptions,
  log: Log,
): Serving {
  const { kind } = options.device
  const device = openServingDevice(wanted, {
    kind,
    device: demand.device,
    request: (model) => modelRequest(demandModelOf(demand, model)!.profiles[0]),
    profile: (model, batch) =>
      demandModelOf(demand, model)!.profiles.find((one) => one.batch === batch)!,
    trust,
    modelMemoryBytes: options.modelMemoryMb && options.modelMemoryMb * MB,
  })
  if (device.fellBack !== undefined) log('fallback', { reason: device.fellBack })
  const plan = benchmark ? withBenchmark(device.plan, benchmark) : device.plan
  const planSeconds = options.planSeconds || PLAN_SECONDS
  return serveDemand(demand, plan, device, { kind, mostHeld: options.mostWaiting, planSeconds })
}

function tracerOf(
  url: string,
  { traceShare: share, serverName: serviceName }: ServeOptions,
  log: Log,
): Tracer {
  const lost = (spans: number, reason: string) => log('traces-lost', { spans, reason })
  return new Tracer({ url, share, serviceName, lost })
}

function announce(server: RunningServer, options: ServeOptions): void {
  const { httpUrl, grpcAddress, service } = server
  const models = [...service.backend.models.keys()]
  print(
    { http: httpUrl, grpc: grpcAddress, device: options.device.kind, models },
    options,
    () =>
      `serving ${models.join(', ')} on ${options.device.kind}\nHTTP ${httpUrl}, gRPC ${grpcAddress}; dashboard: ${httpUrl}/`,
  )
}
