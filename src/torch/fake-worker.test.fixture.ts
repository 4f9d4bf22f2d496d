import { writeFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { encodeFrame, FRAME_LIMIT, FrameReader } from './frames.js'
import { PROTOCOL } from './protocol.js'

/**
 * A stand-in for the PyTorch worker, started as a process of its own. Its first argument says how it
 * behaves. It answers `hello`, and answers `load` by making the shared memory that it names: late for a model
 * called so, and with an error for a broken one.
 */
const [behaviour, , socketPath] = process.argv.slice(2)

const HELLO = {
  worker: '0',
  pid: process.pid,
  versions: { torch: '0' },
  device: { kind: 'cpu', name: 'fake', cus: 1, granules: [], priorityLevels: 1 },
  features: { graphs: false, partitions: false, segments: false, energy: false },
  limits: { frameBytes: FRAME_LIMIT, tensorBytes: 1024 },
}

function loaded() {
  const shm = `eclip-${process.pid}-1`
  writeFileSync(`/dev/shm/${shm}`, Buffer.alloc(12))
  const tensor = { dtype: 'float32', shape: [1, 1], bytes: 4 }
  const slot = {
    shm,
    bytes: 12,
    inputs: [{ ...tensor, offset: 4 }],
    outputs: [{ ...tensor, offset: 8 }],
  }
  return { worker: 'w', batches: [{ batch: 1, mode: 'eager', kernels: 0, slots: [slot] }] }
}

function inferred(computeMs: number) {
  return { queueMs: 0, inputMs: 0, computeMs, outputMs: 0 }
}

/** What happens on the first command after `hello` and `load`. */
const onCommand: Readonly<Record<string, (socket: Socket, id: number, request: Message) => void>> =
  {
    echo: (socket, id) => reply(socket, { id, ok: true, ...inferred(1) }),
    backwards: (socket, id) => {
      waiting.push(id)
      if (waiting.length < 3) return
      for (const late of waiting.reverse()) reply(socket, { id: late, ok: true, ...inferred(late) })
    },
    refuse: (socket, id) =>
      reply(socket, { id, ok: false, error: { code: 'unknown-worker', message: 'no worker "x"' } }),
    die: () => {
      process.stderr.write('CUDA error: an illegal memory access\n')
      process.exit(1)
    },
    killed: () => process.kill(process.pid, 'SIGKILL'),
    'half-frame': (socket) => {
      socket.write(encodeFrame({ id: 9 }).subarray(0, 7))
      process.exit(1)
    },
    'huge-frame': (socket) => {
      const length = Buffer.alloc(4)
      length.writeUInt32LE(FRAME_LIMIT + 1)
      socket.write(length)
    },
    'not-json': (socket) => {
      const frame = encodeFrame({})
      frame.write('[', 4)
      socket.write(frame)
    },
    'odd-answer': (socket, id) => reply(socket, { id, ok: true, queueMs: 'soon' }),
    'odd-id': (socket) => reply(socket, { id: '1', ok: true, ...inferred(1) }),
    'neither-yes-nor-no': (socket, id) => reply(socket, { id, ...inferred(1) }),
    'odd-error': (socket, id) => reply(socket, { id, ok: false, error: 'no worker' }),
    deaf: (socket) => socket.destroy(),
  }
const waiting: number[] = []
const LATE_MS = 300

function reply(socket: Socket, message: object): void {
  socket.write(encodeFrame(message))
}

/**
 * An H200, or whatever `ECLIP_FAKE_DEVICE` says. A model named `kernels:N` has N kernels, and any other model has as
 * many as its name has letters. Every worker does 10 requests/s for each kernel, half as many once a plan was set to
 * run in segments, and a tenth under masks made before every kernel. Under a share of MPS it does that share of them,
 * and knows no partitions but only priorities, each level of which adds one request for each kernel. Like the real
 * worker, it does not know what a bare name means. It does not come up under the shares in `ECLIP_FAKE_WRONG_SHARES`,
 * percentages separated by commas.
 */
const GPU_HELLO = {
  ...HELLO,
  device: {
    kind: 'cuda',
    name: 'NVIDIA H200',
    cus: 132,
    granules: [...Array(15).fill(8), 12],
    priorityLevels: 6,
    ...JSON.parse(process.env.ECLIP_FAKE_DEVICE ?? '{}'),
  },
}
/** Raises the power that it reports, so that a test can see that it was told which GPU to use. */
const onNamedGpu = process.env.CUDA_VISIBLE_DEVICES === 'GPU-1'
const percentage = process.env.CUDA_MPS_ACTIVE_THREAD_PERCENTAGE ?? '100'
const share = Number(percentage) / 100
const wrongShares = process.env.ECLIP_FAKE_WRONG_SHARES?.split(',') ?? []
const kernelsByWorker = new Map<string, number>()
const modelByWorker = new Map<string, string>()
let requestsPerKernel = 10

type Message = {
  id: number
  command: string
  worker: string
  model: string
  batch: number
  batches: number[]
  mode?: string
  seconds: number
  workers: Message[]
}

/** A profile in the form that `profile` returns, with kernels that fill the device. */
function profileOf(model: string, batch: number) {
  const { name: device, cus } = GPU_HELLO.device
  const [, name] = model.split(':')
  const counts = [1, 2, 4].map((part) => Math.max(1, Math.round(cus / part)))
  const kernel = {
    ...{ name: 'k', grid: [cus, 1, 1], block: [64, 1, 1], registers: 8, sharedMemoryBytes: 0 },
    durationUs: Object.fromEntries(counts.map((count) => [count, (100 * batch * cus) / count])),
  }
  return {
    ...{ format: 'eclip.profile/1', model: name, batch, device, source: 'measured' },
    recipe: {
      specification: model,
      inputs: [{ name: 'x', dtype: 'float16', shape: [3, 224, 224] }],
      ...{ channelsLast: true, seed: 0 },
    },
    kernels: Array.from({ length: name.length }, () => kernel),
  }
}

/** A model with this name dies at its first request, like a model that poisons its CUDA context. */
function dieIfDeadly(worker: string): void {
  if (modelByWorker.get(worker)?.endsWith(':deadly')) process.kill(process.pid, 'SIGKILL')
}

/** The first group in the plan of the first worker, if it has one. */
function firstGroup(workers: object) {
  const [batches] = Object.values(workers)
  const [groups] = Object.values(batches ?? {}) as ({ granules: []; priority: number }[] | null)[]
  return groups?.[0]
}

/** A request of a model with such a name takes the time in the name, in s. */
function secondsOf(worker: string): number {
  return modelByWorker.get(worker)?.endsWith(':slow') ? 3 : 0
}

const onGpuCommand: Readonly<Record<string, (message: Message) => object>> = {
  hello: () => GPU_HELLO,
  load: ({ worker, model, batches }) => {
    const [source, name] = model.split(':')
    if (name === undefined) throw new Error(`${source}: expected torchvision:NAME`)
    const kernels = Number(name) || name.length
    kernelsByWorker.set(worker, kernels)
    modelByWorker.set(worker, model)
    const loadedBatches = batches.map((batch) => ({ batch, mode: 'graph', kernels, slots: [] }))
    return { worker, batches: loadedBatches }
  },
  profile: ({ worker, batch }) => ({ profile: profileOf(modelByWorker.get(worker) ?? '', batch) }),
  plan: (message) => {
    if (JSON.stringify(message).includes('"priority":9')) throw new Error('out of memory')
    const group = firstGroup(message.workers)
    if (share < 1 && group !== undefined && group.granules.length > 0)
      throw new Error('no partitions under MPS')
    if (share < 1) requestsPerKernel = 10 + (group?.priority ?? 0)
    if (message.mode === 'segments') requestsPerKernel = 5
    if (message.mode === 'remask') requestsPerKernel = 1
    return { workers: {} }
  },
  run: ({ workers, seconds }) => ({
    seconds: 2,
    energy: { seconds: 2, energyJ: 800, powerW: 400 + Number(onNamedGpu) },
    workers: workers.map(({ worker }) => {
      dieIfDeadly(worker)
      const perSecond = requestsPerKernel * share * (kernelsByWorker.get(worker) ?? 0)
      const hasEnded = seconds >= secondsOf(worker)
      return {
        worker,
        batch: 8,
        requests: Number(hasEnded),
        rps: hasEnded ? perSecond : 0,
        ...{ p50Ms: 1, p95Ms: 2, p99Ms: 3 },
      }
    }),
  }),
  infer: ({ worker }) => {
    dieIfDeadly(worker)
    return inferred(1)
  },
  unload: () => ({}),
  shutdown: () => ({}),
}

const onEveryBehaviour: typeof onCommand = {
  hello: (socket, id) => reply(socket, { id, ok: true, ...HELLO }),
  load: (socket, id, { model }) => {
    const error = { code: 'internal', message: 'no such weights' }
    if (model === 'broken') reply(socket, { id, ok: false, error })
    else setTimeout(reply, model === 'late' ? LATE_MS : 0, socket, { id, ok: true, ...loaded() })
  },
  shutdown: (socket, id) => socket.end(encodeFrame({ id, ok: true })),
}

function answer(socket: Socket, message: object): void {
  const request = message as Message
  const { id, command } = request
  if (behaviour === 'gpu') answerAsGpu(socket, request)
  else (onEveryBehaviour[command] ?? onCommand[behaviour])(socket, id, request)
}

function answerAsGpu(socket: Socket, request: Message): void {
  const { id, command } = request
  try {
    reply(socket, { id, ok: true, ...onGpuCommand[command](request) })
  } catch (error) {
    const { message } = error as Error
    reply(socket, { id, ok: false, error: { code: 'out-of-memory', message } })
  }
}

function sayReady(): void {
  const protocol = behaviour === 'old-protocol' ? 0 : PROTOCOL
  process.stdout.write(`${JSON.stringify({ ready: true, protocol, pid: process.pid })}\n`)
}

function serve(): void {
  const server = createServer((socket) => {
    const reader = new FrameReader()
    socket.on('data', (piece: Buffer) => {
      for (const message of reader.push(piece)) answer(socket, message)
    })
    socket.on('error', () => {})
    if (behaviour !== 'deaf') socket.on('close', () => process.exit())
  })
  server.listen(socketPath, sayReady)
}

if (behaviour === 'dead-on-arrival') {
  process.stderr.write("ModuleNotFoundError: No module named 'torch'\n")
  process.exitCode = 1
} else if (behaviour === 'chatty') process.stdout.write('Hello!\n')
else if (behaviour === 'never-ready') setTimeout(() => {}, 60_000)
else if (behaviour === 'does-not-listen') {
  sayReady()
  setTimeout(() => {}, 60_000)
} else if (wrongShares.includes(percentage)) process.exitCode = 1
else serve()
