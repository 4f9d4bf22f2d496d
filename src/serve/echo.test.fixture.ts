import { DATATYPES, type Datatype } from './datatypes.js'
import { type RunningServer, type ServerOptions, startServer } from './server.js'
import { SimulatedBackend, type SimulatedModel } from './simulated-backend.js'

/** A model that gives its inputs back: `IN_FP32` of any [rows, width] as `OUT_FP32`, and so on. */
export function echoModel(
  name: string,
  datatypes: readonly Datatype[],
  latencyUs = 0,
): SimulatedModel {
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
    latencyUs: () => latencyUs,
    compute: ({ inputs }) =>
      inputs.map(({ name, datatype, shape, bytes }) => ({
        name: name.replace('IN_', 'OUT_'),
        datatype,
        shape,
        data: bytes.contiguous(),
      })),
  }
}

/** Echoes of each data type by itself, of all at once, and one without a batch dimension. */
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
    echoModel('slow', ['FP32'], 400_000),
  ]
}

/** A server of echoes at a free port. */
export function startEchoes(options: Partial<ServerOptions> = {}): Promise<RunningServer> {
  return startServer({
    backend: new SimulatedBackend(echoModels()),
    name: 'eclip',
    version: '0.0.0',
    host: '127.0.0.1',
    httpPort: 0,
    grpcPort: 0,
    log: () => {},
    ...options,
  })
}
