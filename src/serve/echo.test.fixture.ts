import { nowUs } from '../now.js'
import type { ServedModelPlan, ServingPlan } from '../plan/serving-plan.js'
import type { Launch } from './backend/launch-device.js'
import { PlanBackend, type PlanBackendOptions } from './backend/plan-backend.js'
import { SimulatedDevice, type SimulatedModel } from './backend/simulated-device.js'
import { type RunningServer, type ServerOptions, startServer } from './server.js'
import { DATATYPES, type Datatype } from './tensors/datatypes.js'

/** A model that returns its inputs: `IN_FP32` of any [rows, width] as `OUT_FP32`, and so on. */
export function echoModel(name: string, datatypes: readonly Datatype[]): SimulatedModel {
  return {
    metadata: {
      name,
      platform: 'echo',
      largestBatch: 8,
      inputs: datatypes.map((datatype) => ({ name: `IN_${datatype}`, datatype, shape: [-1, -1] })),
      outputs: datatypes.map((datatype) => ({
        name: `OUT_${datatype}`,
        datatype,
        shape: [-1, -1],
      })),
      labels: { OUT_FP32: ['cat', 'dog', 'bird'] },
    },
    compute: ({ inputs }) =>
      inputs.map(({ name, datatype, shape, bytes }) => ({
        name: name.replace('IN_', 'OUT_'),
        datatype,
        shape,
        data: bytes.contiguous(),
      })),
  }
}

/** Echoes of each data type alone, of all types at once, and one without a batch dimension. */
export function echoModels(): SimulatedModel[] {
  const vector = echoModel('vector', ['FP32'])
  const shapeless = { ...vector.metadata, largestBatch: 0 }
  return [
    ...DATATYPES.map((datatype) => echoModel(`echo-${datatype}`, [datatype])),
    echoModel('echo-all', DATATYPES),
    {
      ...vector,
      metadata: {
        ...shapeless,
        inputs: [{ name: 'IN_FP32', datatype: 'FP32', shape: [-1] }],
        outputs: [{ name: 'OUT_FP32', datatype: 'FP32', shape: [-1] }],
      },
    },
    echoModel(SLOW, ['FP32']),
  ]
}

/** A model whose launches last for some time. */
const SLOW = 'slow'
const SLOW_MS = 400

/** A plan that serves these models and drops a request only if it has a timeout of its own. */
export function planOf(
  names: readonly string[],
  changes: Partial<ServedModelPlan> = {},
): ServingPlan {
  const batches = [1, 2, 4, 8]
  return {
    format: 'eclip.serving/1',
    device: { name: 'sim', fingerprint: 'nvidia:sim:1x1' },
    mechanism: 'streams',
    concurrency: names.length,
    priority: 'deadline',
    models: names.map((name) => ({
      name,
      model: name,
      samples: 1,
      batches,
      maxDelayMs: 0,
      targetMs: 1e6,
      quantile: 0.99,
      priorityClass: 'normal',
      late: 'drop',
      instances: 1,
      share: 1,
      expectedMs: Object.fromEntries(
        batches.map((batch) => [batch, [name === SLOW ? SLOW_MS : 0.01]]),
      ),
      ...changes,
    })),
    evidence: { policy: 'test', parameters: {} },
  }
}

/** Runs echoes. The launches of the slow model last for some time, those of the others end at once. */
export function echoBackend(
  models: readonly SimulatedModel[],
  options: Partial<PlanBackendOptions> = {},
): PlanBackend {
  const timeUs = (launch: Launch) => (launch.model.name === SLOW ? SLOW_MS * 1000 : 0)
  return new PlanBackend({
    plan: planOf(models.map(({ metadata }) => metadata.name)),
    device: new SimulatedDevice(models, timeUs),
    levels: 1,
    mostHeld: 1024,
    view: { kind: 'sim', name: 'echo', granuleCus: [] },
    nowUs,
    ...options,
  })
}

/** A server of echoes on a free port. */
export function startEchoes(options: Partial<ServerOptions> = {}): Promise<RunningServer> {
  return startServer({
    backend: echoBackend(echoModels()),
    name: 'eclip',
    version: '0.0.0',
    host: '127.0.0.1',
    httpPort: 0,
    grpcPort: 0,
    log: () => {},
    ...options,
  })
}
