import type { Datatype } from '../tensors/datatypes.js'

/** The data type of the protocol for each name that PyTorch uses. */
const BY_TORCH_NAME: Readonly<Record<string, Datatype>> = {
  bool: 'BOOL',
  uint8: 'UINT8',
  int8: 'INT8',
  int16: 'INT16',
  int32: 'INT32',
  int64: 'INT64',
  float16: 'FP16',
  bfloat16: 'BF16',
  float32: 'FP32',
  float64: 'FP64',
}

/** The data type of the protocol; undefined for a name that is not in the table. */
export function datatypeOf(torchName: string): Datatype | undefined {
  return BY_TORCH_NAME[torchName]
}
