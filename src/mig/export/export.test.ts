import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { h200 as h200Device } from '../../device/catalog/h200.js'
import { sum } from '../../numbers.js'
import { maximalLayouts } from '../enumerate.js'
import { MOST_GPUS } from '../gpu.js'
import { gpuNamed } from '../gpus/registry.js'
import { hardwarePartitioning } from '../partitioners/partitioner.js'
import { partitionCommands } from './commands.js'
import { migPartedYaml } from './mig-parted.js'
import { poolFileSchema, streamPoolFile } from './stream-pool.js'

const h200 = gpuNamed('h200')
const layouts = maximalLayouts(h200)
const twoOrMore = fc.array(fc.constantFrom(...layouts), { minLength: 1, maxLength: 8 })

/** One entry under a label, in the form of mig-parted's v1 specification. */
interface MigConfig {
  devices: 'all' | number[]
  enabled: boolean
  counts: Map<string, number>
}

/**
 * Reads the subset of YAML that the writer uses, and refuses what mig-parted's specification refuses: another
 * version, an unknown field, a missing `devices` or `mig-enabled`, `devices` other than `all` or numbers, enabled
 * without `mig-devices`, and counts that are not positive.
 */
function readMigParted(text: string): Map<string, MigConfig[]> {
  const lines = text.trimEnd().split('\n')
  assert.equal(lines[0], 'version: v1')
  assert.equal(lines[1], 'mig-configs:')
  const configs = new Map<string, MigConfig[]>()
  let entries: MigConfig[] = []
  for (const line of lines.slice(2)) {
    const label = /^ {2}([\w.-]+):$/.exec(line)
    const devices = /^ {4}- devices: (all|\[\d+(?:, \d+)*\])$/.exec(line)
    const count = /^ {8}"(\d+g\.\d+gb(?:\+me)?)": (\d+)$/.exec(line)
    if (label) {
      entries = []
      configs.set(label[1], entries)
    } else if (devices) {
      const listed = devices[1] === 'all' ? 'all' : (JSON.parse(devices[1]) as number[])
      entries.push({ devices: listed, enabled: false, counts: new Map() })
    } else if (line === '      mig-enabled: true') entries.at(-1)!.enabled = true
    else if (count) {
      assert.ok(Number(count[2]) > 0)
      entries.at(-1)!.counts.set(count[1], Number(count[2]))
    } else assert.equal(line, '      mig-devices:')
  }
  for (const { enabled, counts } of [...configs.values()].flat()) {
    assert.ok(enabled && counts.size > 0)
  }
  return configs
}

test('a mig-parted file names every GPU once, with the instances of its layout', () => {
  fc.assert(
    fc.property(twoOrMore, (chosen) => {
      const entries = readMigParted(migPartedYaml('eclip', chosen)).get('eclip')!
      const seen = entries.flatMap(({ devices }) =>
        devices === 'all' ? chosen.map((_, gpu) => gpu) : devices,
      )
      assert.deepEqual(seen.sort(), chosen.map((_, gpu) => gpu).sort())
      for (const { devices, counts } of entries) {
        for (const gpu of devices === 'all' ? chosen.keys() : devices) {
          const names = chosen[gpu].map(({ profile }) => profile.name)
          for (const [name, count] of counts) {
            assert.equal(names.filter((other) => other === name).length, count)
          }
          assert.equal(sum(counts.values()), names.length)
        }
      }
    }),
  )
})

test('a mig-parted file as text', () => {
  const [whole, halves] = [layouts[0], layouts[1]]
  assert.equal(
    migPartedYaml('mine', [halves, whole, halves]),
    `version: v1
mig-configs:
  mine:
    - devices: [0, 2]
      mig-enabled: true
      mig-devices:
        "4g.71gb": 1
        "3g.71gb": 1
    - devices: [1]
      mig-enabled: true
      mig-devices:
        "7g.141gb": 1
`,
  )
})

test('GPUs with the same instances are of one entry, wherever these start', () => {
  const halves = layouts[1]
  assert.equal(
    migPartedYaml('eclip', [halves, halves.toReversed()]),
    migPartedYaml('eclip', [halves, halves]),
  )
})

test('nvidia-smi commands have ids and starts, AMD commands the mode', () => {
  assert.deepEqual(partitionCommands(h200, [layouts[1]]), [
    'sudo nvidia-smi -i 0 -mig 1',
    'sudo nvidia-smi mig -i 0 -cgi 5:0,9:4 -C',
  ])
  const mi300x = gpuNamed('mi300x')
  const [spx, , , cpx] = maximalLayouts(mi300x)
  assert.deepEqual(partitionCommands(mi300x, [cpx, spx]), [
    'sudo amd-smi set --gpu 0 --compute-partition CPX',
    'sudo amd-smi set --gpu 1 --compute-partition SPX',
  ])
})

test('granules go by largest remainders, but each partition has one', () => {
  const device = { ...h200Device, granules: h200Device.granules.slice(0, 4) }
  const granulesOf = (...cus: number[]) => {
    const partitions = cus.map((one, i) => ({ gpu: 0, name: `p${i}`, cus: one, slowdown: 1 }))
    const [{ pool }] = streamPoolFile(device, 'm', partitions).gpus
    return pool.map(({ granules }) => granules)
  }
  // Of 4 granules 1.3 and 2.7; 0.4, 0.4 and 3.2; 0.8, 0.8 and 2.4.
  assert.deepEqual(granulesOf(13, 27), [[0], [1, 2, 3]])
  assert.deepEqual(granulesOf(1, 1, 8), [[0], [1], [2, 3]])
  assert.deepEqual(granulesOf(1, 1, 3), [[0], [1], [2, 3]])
})

test('a file of pools has a pool of some granules for each of some GPUs', () => {
  const { partitions } = hardwarePartitioning('test', [layouts[0]])
  const file = streamPoolFile(h200Device, 'm', partitions)
  const [gpu] = file.gpus
  assert.ok(poolFileSchema.safeParse(file).success)
  for (const gpus of [
    [],
    [{ ...gpu, pool: [] }],
    [{ ...gpu, pool: [{ ...gpu.pool[0], granules: [] }] }],
    [{ ...gpu, gpu: -1 }],
    new Array(MOST_GPUS + 1).fill(gpu),
  ]) {
    assert.ok(
      !poolFileSchema.safeParse({ ...file, gpus }).success,
      JSON.stringify(gpus).slice(0, 99),
    )
  }
})

test('a stream pool covers the device once, in proportion to the layout', () => {
  fc.assert(
    fc.property(twoOrMore, (chosen) => {
      const { partitions } = hardwarePartitioning('test', chosen)
      const file = poolFileSchema.parse(streamPoolFile(h200Device, 'm', partitions))
      assert.equal(file.gpus.length, chosen.length)
      for (const { gpu, pool } of file.gpus) {
        const granules = pool.flatMap((entry) => entry.granules)
        assert.deepEqual(granules, [...h200Device.granules.keys()])
        assert.deepEqual(
          pool.map(({ standsFor }) => standsFor),
          chosen[gpu].map(({ profile }) => profile.name),
        )
        const total = sum(chosen[gpu].map(({ profile }) => profile.cus))
        pool.forEach(({ cus }, i) => {
          const wanted = (chosen[gpu][i].profile.cus * 132) / total
          assert.ok(Math.abs(cus - wanted) <= 12, `${cus} for ${wanted}`)
        })
      }
    }),
  )
})
