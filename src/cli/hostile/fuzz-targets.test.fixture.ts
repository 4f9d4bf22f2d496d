/** The files that are damaged: a small file of every format, and every file that ships. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { DATA_FOLDER } from '../../io/library.js'
import {
  kinetoTrace,
  launches,
  rocprofCsv,
  writeNsys,
  writeRocpd,
} from '../../profile/importers/traces.test.fixture.js'
import { type DocumentName, documents, profile } from './documents.test.fixture.js'
import { commandFor, NOWHERE, type Sandbox } from './sandbox.test.fixture.js'

/** A good file, and the command that reads it, in which `@` stands for the damaged file. */
export interface Target {
  readonly name: string
  readonly good: Buffer
  readonly command: readonly string[]
  /** A workload that names the damaged file, if commands only read it through a workload. */
  readonly workload?: object
}

const QUICK = ['--policy', 'baseline', '--seconds', '0.01']
const MIG = ['mig', 'plan', '--gpus', '1', '--requests', '200', '--replications', '1']
const NO_SERVER = ['load', 'http://127.0.0.1:9', '--model', 'x']

/** @param planned a plan of `alexnet/1+albert/1` */
export function fuzzTargets(sandbox: Sandbox, planned: string): Target[] {
  return [
    ...formats(sandbox),
    ...planTargets(planned),
    ...lists(),
    ...traces(sandbox),
    ...shipped(planned),
  ]
}

/** Each format, with the command that reads it. */
function formats(sandbox: Sandbox): Target[] {
  const names = Object.keys(documents) as DocumentName[]
  const targets = names.map((name): Target => {
    const command = commandFor(name, sandbox).map((word) =>
      word === sandbox.path(name) ? '@' : word,
    )
    return { name, good: json(documents[name]), command }
  })
  return [
    ...targets.filter(({ name }) => name !== 'profile.json' && name !== 'device.json'),
    {
      name: 'profile.json',
      good: json(profile),
      command: ['compare', ...QUICK],
      workload: mixOf({ profile: '@' }),
    },
    {
      name: 'device.json',
      good: json(documents['device.json']),
      command: ['compare', 'alexnet/1+albert/1', '--device', '@', ...QUICK],
    },
    {
      name: 'demand.json',
      good: json(documents['demand.json']),
      command: ['serve', '@', ...NOWHERE],
    },
    {
      name: 'serving.json',
      good: json(documents['serving.json']),
      command: ['bench', sandbox.path('demand.json'), '--plan', '@'],
    },
  ]
}

function planTargets(planned: string): Target[] {
  const good = readFileSync(planned)
  return [
    { name: 'a plan', good, command: ['diff', '@', planned] },
    { name: 'a plan', good, command: ['diff', planned, '@', '--json'] },
    { name: 'a plan', good, command: ['simulate', 'alexnet/1+albert/1', '--plan', '@'] },
  ]
}

function lists(): Target[] {
  const seconds = lines('# seconds', '0.001', '0.002', '0.1')
  const demand = { ...documents['demand.json'].models[0], arrivals: { trace: '@' } }
  return [
    {
      name: 'latencies',
      good: lines('partition,batch,latency_ms', '1g,1,4', '1g,8,16', '7g,1,1', '7g,8,3'),
      command: [...MIG, '--table', '@'],
    },
    {
      name: 'batches',
      good: lines('batch,weight', '1,0.5', '8,0.25', '16,0.25'),
      command: [...MIG, '--batches', '@'],
    },
    {
      name: 'arrivals',
      good: lines('time_s,batch', '0.1,1', '0.2,8', '0.21,4'),
      command: [...MIG, '--arrivals', '@'],
    },
    {
      name: 'arrivals of a worker',
      good: seconds,
      command: ['compare', ...QUICK],
      workload: mixOf({ model: 'albert', batch: 1, load: { trace: '@' } }),
    },
    {
      name: 'arrivals of a demand',
      good: seconds,
      command: ['size'],
      workload: { ...documents['demand.json'], models: [demand] },
    },
  ]
}

/** Recordings of other tools. */
function traces({ path }: Sandbox): Target[] {
  const { kernels } = profile
  const own = kernels.map((kernel) => ({ ...kernel, grid: [8, 1, 1], block: [64, 1, 1] }) as const)
  const ran = launches(own as never, 132)
  const [nsys, rocpd] = [path('nsys'), path('rocpd')]
  writeNsys(nsys, ran)
  writeRocpd(rocpd, ran)
  const goods = [
    ['a trace of PyTorch', json(kinetoTrace(ran))],
    ['a trace of Nsight Systems', readFileSync(nsys)],
    ['a database of rocprofv3', readFileSync(rocpd)],
    ['kernels of rocprofv3', Buffer.from(rocprofCsv(ran))],
  ] as const
  const command = ['import', '@', '--model', 'x', '--batch', '1', '-o', path('profiles')]
  return goods.map(([name, good]) => ({ name, good, command }))
}

/** Every file that ships, except those that only people read. */
function shipped(planned: string): Target[] {
  return ['data', 'bench/demands', 'bench/workloads'].flatMap((folder) => {
    const from = join(DATA_FOLDER, '..', folder)
    return readdirSync(from, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(json|txt)(\.gz)?$/.test(name))
      .sort()
      .map((name) => shippedTarget(`${folder}/${name}`, readFileSync(join(from, name)), planned))
  })
}

function shippedTarget(name: string, good: Buffer, planned: string): Target {
  const text = name.endsWith('.gz') ? gunzipSync(good).toString() : good.toString()
  if (/\.txt/.test(name)) return { name, good, command: [...NO_SERVER, '--trace', '@'] }
  const content = JSON.parse(text)
  switch (`${content.format}`.split('/')[0]) {
    case 'eclip.profile':
      return { name, good, command: [...MIG, '--profile', '@'] }
    case 'eclip.points':
      // Only one of many points, because predicting all of them takes minutes.
      return { name, good: firstPoint(content, name), command: ['validate', '@'] }
    case 'eclip.workload':
      // The file is read to its end and then refused because of the plan, because simulating the
      // large ones takes seconds.
      return { name, good, command: ['simulate', '@', '--plan', planned] }
    case 'eclip.demand':
      // Sizing it would take longer than everything else, whereas a server makes a plan at once.
      return { name, good, command: ['serve', '@', ...NOWHERE] }
    case 'eclip.latency':
      return { name, good, command: [...MIG, '--table', '@'] }
    default:
      return { name, good, command: ['explain', '@'] }
  }
}

function firstPoint(content: { points: unknown[] }, name: string): Buffer {
  const one = json({ ...content, points: content.points.slice(0, 1) })
  return name.endsWith('.gz') ? gzipSync(one) : one
}

function mixOf(worker: object): object {
  return { ...documents['workload.json'], workers: [worker, { model: 'alexnet', batch: 1 }] }
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value))
}

function lines(...content: readonly string[]): Buffer {
  return Buffer.from(`${content.join('\n')}\n`)
}
