import type { WireResponse } from '../inference-service.js'
import type { DeliveredOutput } from '../tensors/delivery.js'
import { jsonOfTensor } from './json-tensors.js'

/** An inference response in the form that HTTP carries. */
export interface EncodedResponse {
  /** Bytes of JSON before the binary tensors; undefined if there are none. */
  readonly headerLength: number | undefined
  readonly pieces: readonly (string | Uint8Array)[]
}

/** @throws Refusal `invalid` if a tensor cannot be expressed in JSON */
export function encodeResponse({ model, version, id, outputs }: WireResponse): EncodedResponse {
  const idText = id === '' ? '' : `"id":${JSON.stringify(id)},`
  const json = `{"model_name":${JSON.stringify(model)},"model_version":"${version}",${idText}"outputs":[${outputs.map(jsonOfOutput).join(',')}]}`
  const binary = outputs.filter(({ delivery }) => delivery.form === 'binary')
  return {
    headerLength: binary.length > 0 ? Buffer.byteLength(json) : undefined,
    pieces: [json, ...binary.map(({ data }) => data)],
  }
}

function jsonOfOutput(output: DeliveredOutput): string {
  const { name, datatype, shape, data, placedBytes = data.byteLength, delivery } = output
  const head = `"name":${JSON.stringify(name)},"datatype":"${datatype}","shape":[${shape}]`
  if (delivery.form === 'json') return `{${head},"data":${jsonOfTensor(output)}}`
  if (delivery.form === 'binary')
    return `{${head},"parameters":{"binary_data_size":${data.byteLength}}}`
  const region = JSON.stringify(delivery.region?.name)
  return `{${head},"parameters":{"shared_memory_region":${region},"shared_memory_byte_size":${placedBytes}}}`
}
