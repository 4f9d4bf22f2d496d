import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BINDINGS, openDevice } from '../binding/devices.js'
import { openForTest } from '../binding/open-for-test.test.fixture.js'
import type { PartitionedDevice } from '../binding/partitioned-device.js'
import { WorkError } from '../errors.js'
import { describeProof, diagnose } from './doctor.js'

const hip = BINDINGS.find(({ name }) => name === 'hip')!
const opencl = BINDINGS.find(({ name }) => name === 'opencl')!
const openclDevice = openForTest(opencl)
const withoutOpenCl = 'missing' in openclDevice && openclDevice.missing

const nothing = {
  name: 'cuda',
  open: () => {
    throw new WorkError('no NVIDIA driver: cannot load libcuda.so.1')
  },
} as const

test('a machine without a device is not healthy, and the doctor says what is missing', () => {
  const { healthy, checks } = diagnose([nothing])
  assert.equal(healthy, false)
  assert.deepEqual(checks[0], {
    name: 'cuda',
    status: 'absent',
    detail: 'no NVIDIA driver: cannot load libcuda.so.1',
  })
})

test('a device whose masks work is healthy, whatever else is missing', {
  skip: withoutOpenCl,
}, () => {
  const { healthy, checks } = diagnose([nothing, opencl])
  assert.equal(healthy, true)
  const masks = checks.find(({ name }) => name === 'opencl masks')
  assert.equal(masks?.status, 'ok')
  assert.match(masks?.detail ?? '', /ran on \d+ CUs? of \d+/)
})

test('a single granule and a single compute unit are said to be one', () => {
  const observations = [
    { partition: [0], cus: 1, units: [0] },
    { partition: [0, 1], cus: 2, units: [0, 1] },
  ]
  assert.equal(
    describeProof({ observations }),
    'granule 0 ran on 1 CU of 1; granules 0-1 ran on 2 CUs of 2',
  )
})

test('masks that do not hold are a failure', { skip: withoutOpenCl }, () => {
  const { healthy, checks } = diagnose([{ name: 'opencl', open: () => unmasked(opencl.open()) }])
  assert.equal(healthy, false)
  assert.equal(checks.find(({ name }) => name === 'opencl masks')?.status, 'failed')
})

test('masks that cannot be made are a failure, and everything else is still checked', {
  skip: withoutOpenCl,
}, () => {
  const refusing = (device: PartitionedDevice): PartitionedDevice => {
    device.createPool = () => {
      throw new WorkError('no more contexts')
    }
    return device
  }
  const { checks } = diagnose([{ name: 'opencl', open: () => refusing(opencl.open()) }])
  const masks = checks.find(({ name }) => name === 'opencl masks')
  assert.deepEqual([masks?.status, masks?.detail], ['failed', 'no more contexts'])
  assert.ok(checks.some(({ name }) => name === 'torch'))
})

test('a unit that a busy machine offers late is found in a later launch', {
  skip: withoutOpenCl,
}, () => {
  let launches = 0
  const late = (device: PartitionedDevice): PartitionedDevice => {
    const createBuffer = device.createBuffer.bind(device)
    device.createBuffer = (length) => {
      const buffer = createBuffer(length)
      const read = buffer.read.bind(buffer)
      buffer.read = () => {
        const units = read()
        return launches++ % 2 === 0 ? units.fill(units[0]) : units
      }
      return buffer
    }
    return device
  }
  const { healthy } = diagnose([{ name: 'opencl', open: () => late(opencl.open()) }])
  assert.equal(healthy, true)
  assert.ok(launches > 3)
})

/** A device whose driver ignores masks, so that every stream runs everywhere. */
function unmasked(device: PartitionedDevice): PartitionedDevice {
  const createPool = device.createPool.bind(device)
  device.createPool = (partitions) => {
    const pool = createPool(partitions.map(() => [...device.granules.keys()]))
    const streams = pool.streams.map((stream, i) => ({
      partition: partitions[i],
      launch: stream.launch.bind(stream),
      record: stream.record.bind(stream),
      wait: stream.wait.bind(stream),
      synchronize: stream.synchronize.bind(stream),
    }))
    return { streams, close: pool.close }
  }
  return device
}

const REAL_RUNTIME_WITHOUT_GPU = /^no AMD GPU: hipGetDeviceCount said hipErrorNoDevice \(100\)$/

test('the AMD runtime without a GPU gives one clear line', { skip: skipHip() }, () => {
  assert.throws(() => openDevice('hip'), {
    message: `no device to run on: ${hipReason()}`,
  })
  assert.match(hipReason(), REAL_RUNTIME_WITHOUT_GPU)
})

function hipReason(): string {
  const opened = openForTest(hip)
  return 'missing' in opened ? opened.missing : ''
}

/** Runs only if the runtime is installed and there is no AMD GPU. */
function skipHip(): string | false {
  const reason = hipReason()
  if (reason === '') return 'there is an AMD GPU'
  return reason.startsWith('no AMD HIP runtime') && reason
}
