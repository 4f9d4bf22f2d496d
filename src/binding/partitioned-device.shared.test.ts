import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { cusOf } from '../device/device.js'
import { windowOf } from '../device/partition.js'
import { WorkError } from '../errors.js'
import { BINDINGS } from './devices.js'
import { affine, spinFor } from './kernels.js'
import { observe } from './mask-proof.js'
import { openForTest } from './open-for-test.test.fixture.js'
import type {
  Completion,
  DeviceBuffer,
  MaskedStream,
  PartitionedDevice,
} from './partitioned-device.js'

/** Short enough for a test to wait for. */
const HOLD_US = 100_000
/** A busy host may need longer than this to launch the kernel that should overtake. The hold then lasts longer. */
const HOLDS_US = [HOLD_US, 10 * HOLD_US, 50 * HOLD_US]

for (const binding of BINDINGS) {
  const opened = openForTest(binding)
  describe(`${binding.name} device`, { skip: 'missing' in opened && opened.missing }, () => {
    if ('device' in opened) conformance(opened.device)
  })
}

/** What every binding must do. The device must have at least four granules. */
function conformance(device: PartitionedDevice): void {
  const count = device.granules.length
  const quarter = Math.floor(count / 4)
  const first = windowOf(0, quarter, count)
  const second = windowOf(quarter, quarter, count)
  const whole = windowOf(0, count, count)

  after(() => device.close())

  test('names itself and its compute units', () => {
    assert.notEqual(device.identity.name, '')
    assert.ok(Object.keys(device.identity.versions).length > 0)
    assert.ok(device.granules.every((granule) => granule.cus > 0))
  })

  test('a kernel runs only on the compute units of its partition', () => {
    withStreams([first, second, whole], ([a, b, all]) => {
      const unitsOfA = unitsUsed(a, cusOf(device, first))
      const unitsOfB = unitsUsed(b, cusOf(device, second))
      const everyUnit = unitsUsed(all, cusOf(device, whole))
      assert.equal(unitsOfA.size, cusOf(device, first))
      assert.equal(unitsOfB.size, cusOf(device, second))
      assert.equal(everyUnit.size, cusOf(device, whole))
      assert.deepEqual(new Set([...everyUnit, ...unitsOfA, ...unitsOfB]), everyUnit)
      assert.equal(new Set([...unitsOfA, ...unitsOfB]).size, unitsOfA.size + unitsOfB.size)
    })
  })

  test('streams over the same partition are separate', () => {
    const isHeldAlone = (holdUs: number): boolean => {
      let wasHeld = false
      withStreams([first, first], ([a, b]) => {
        a.launch(spinFor(device, holdUs))
        const held = a.record()
        const free = b.record()
        b.synchronize()
        assert.equal(free.isDone(), true)
        wasHeld = !held.isDone()
        a.synchronize()
        assert.equal(held.isDone(), true)
        held.release()
        free.release()
      })
      return wasHeld
    }
    assert.ok(HOLDS_US.some(isHeldAlone))
  })

  test('kernels of one stream run in order', () => {
    withStreams([first], ([stream]) => {
      withWords([1, 2, 3], (buffer) => {
        stream.launch(affine(buffer, 2, 0))
        stream.launch(affine(buffer, 1, 5))
        stream.launch(affine(buffer, 3, 0))
        assert.deepEqual([...buffer.read()], [21, 27, 33])
      })
    })
  })

  /** Doubles 1 on a stream that is held, and adds 5 on another stream. */
  const doubledAndAdded = (
    holdUs: number,
    prepare: (b: MaskedStream, mark: Completion) => void,
  ) => {
    let result: number | undefined
    withStreams([first, second], ([a, b]) => {
      withWords([1], (buffer) => {
        a.launch(spinFor(device, holdUs))
        a.launch(affine(buffer, 2, 0))
        const mark = a.record()
        prepare(b, mark)
        b.launch(affine(buffer, 1, 5))
        b.record().release()
        result = [...buffer.read()][0]
        mark.release()
      })
    })
    return result
  }

  test('a stream that waits for a mark runs after it', () => {
    assert.equal(
      doubledAndAdded(HOLD_US, (b, mark) => b.wait(mark)),
      7,
    )
  })

  test('a stream that does not wait runs ahead', () => {
    assert.ok(HOLDS_US.some((holdUs) => doubledAndAdded(holdUs, () => {}) === 12))
  })

  test('the time between two marks is that of the work between them', () => {
    withStreams([first], ([stream]) => {
      const start = stream.record()
      stream.launch(spinFor(device, HOLD_US))
      const end = stream.record()
      stream.synchronize()
      // The clock may be slower than the rate that the device states.
      assert.ok(device.elapsedUs(start, end) > 0.9 * HOLD_US)
      start.release()
      end.release()
    })
  })

  test('a chain keeps its order across streams, each time it is submitted', () => {
    withStreams([first, second, whole], ([a, b, all]) => {
      withWords([1], (buffer) => {
        const chain = device.createChain([
          { stream: a, launch: affine(buffer, 2, 0) },
          { stream: b, launch: affine(buffer, 1, 5) },
          { stream: a, launch: affine(buffer, 3, 0) },
          { stream: all, launch: affine(buffer, 1, 1) },
        ])
        for (const expected of [22, 148]) {
          const mark = chain.submit()
          assert.deepEqual([...buffer.read()], [expected])
          assert.equal(mark.isDone(), true)
          mark.release()
        }
        chain.close()
      })
    })
  })

  test('copies whole vectors', () => {
    withStreams([whole], ([stream]) => {
      const values = Array.from({ length: 4096 }, (_, i) => i * 7)
      withWords(values, (source) => {
        withWords(Array(4096).fill(0), (target) => {
          stream.launch({ kernel: 'copy', groups: 4, groupSize: 64, args: [target, source, 1024] })
          assert.deepEqual([...target.read()], values)
        })
      })
    })
  })

  test('refuses partitions that no mask can express', () => {
    assert.throws(() => device.createPool([first, [count]]), WorkError)
    assert.throws(() => device.createPool([[]]), WorkError)
  })

  test('pools come and go', () => {
    for (let round = 0; round < 20; round++) {
      withStreams([first, second], ([a, b]) => {
        a.launch(spinFor(device, 1))
        b.launch(spinFor(device, 1))
      })
    }
  })

  /**
   * The units on which kernels of a stream ran. Several launches are needed, because on a busy
   * host each launch may miss some units.
   */
  function unitsUsed(stream: MaskedStream, expected: number): Set<number> {
    const units = new Set<number>()
    for (let launch = 0; launch < 50 && units.size < expected; launch++) {
      for (const unit of observe(device, stream).units) units.add(unit)
    }
    return units
  }

  function withStreams(
    partitions: readonly (readonly number[])[],
    use: (streams: readonly MaskedStream[]) => void,
  ): void {
    const pool = device.createPool(partitions)
    try {
      use(pool.streams)
    } finally {
      device.synchronize()
      pool.close()
    }
  }

  function withWords(values: readonly number[], use: (buffer: DeviceBuffer) => void): void {
    const buffer = device.createBuffer(values.length)
    try {
      buffer.write(Uint32Array.from(values))
      use(buffer)
    } finally {
      buffer.free()
    }
  }
}
