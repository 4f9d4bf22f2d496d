import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { InputError } from '../errors.js'
import { distinctLayouts, maximalLayouts } from './enumerate.js'
import { standardProfiles, wholeProfile } from './gpu.js'
import { gpuNamed, gpus } from './gpus/registry.js'
import { countProfiles, isLegal, type Layout, layoutCus, layoutKey, layoutOf } from './layout.js'

/** The number of layouts as NVIDIA counts them, and how many of them have different instances. */
const COUNTS: Readonly<Record<string, readonly [all: number, distinct: number]>> = {
  a30: [5, 4],
  'a100-40': [19, 14],
  'a100-80': [19, 14],
  'h100-80': [19, 14],
  h200: [19, 14],
  mi300x: [4, 4],
}

/** The 19 layouts of an A100, as compute slices in the order of their starts. */
const A100 = [
  '7',
  '4 3',
  '4 2 1',
  '4 1 1 1',
  '3 3',
  '3 2 1',
  '3 1 1 1',
  '2 2 3',
  '2 2 2 1',
  '2 2 1 1 1',
  '2 1 1 3',
  '2 1 1 2 1',
  '2 1 1 1 1 1',
  '1 1 2 3',
  '1 1 2 2 1',
  '1 1 2 1 1 1',
  '1 1 1 1 3',
  '1 1 1 1 2 1',
  '1 1 1 1 1 1 1',
]

/** The names and ids that nvidia-smi prints, and the memory slices at which each starts and how many it takes. */
const PROFILES: Readonly<Record<string, readonly string[]>> = {
  'a100-40': [
    '1g.5gb 19 {0123456}:1',
    '1g.5gb+me 20 {0123456}:1',
    '1g.10gb 15 {0246}:2',
    '2g.10gb 14 {024}:2',
    '3g.20gb 9 {04}:4',
    '4g.20gb 5 {0}:4',
    '7g.40gb 0 {0}:8',
  ],
  h200: [
    '1g.18gb 19 {0123456}:1',
    '1g.18gb+me 20 {0123456}:1',
    '1g.35gb 15 {0246}:2',
    '2g.35gb 14 {024}:2',
    '3g.71gb 9 {04}:4',
    '4g.71gb 5 {0}:4',
    '7g.141gb 0 {0}:8',
  ],
  a30: [
    '1g.6gb 14 {0123}:1',
    '1g.6gb+me 21 {0123}:1',
    '2g.12gb 5 {02}:2',
    '2g.12gb+me 6 {02}:2',
    '4g.24gb 0 {0}:4',
  ],
}

/** The compute units of each profile. */
const CUS: Readonly<Record<string, readonly number[]>> = {
  'a100-80': [14, 28, 42, 56, 98],
  'h100-80': [16, 32, 60, 64, 132],
  h200: [16, 32, 60, 64, 132],
  a30: [14, 28, 56],
  mi300x: [38, 76, 152, 304],
}

for (const gpu of gpus.values()) {
  test(`${gpu.name}: every layout is legal and maximal, and there are as many as published`, () => {
    const layouts = maximalLayouts(gpu)
    const [all, distinct] = COUNTS[gpu.name]
    assert.equal(layouts.length, all)
    assert.equal(distinctLayouts(layouts).length, distinct)
    assert.equal(new Set(layouts.map(layoutKey)).size, layouts.length)
    for (const layout of layouts) {
      assert.ok(isLegal(gpu, layout))
      for (const profile of standardProfiles(gpu)) {
        for (const start of profile.starts) {
          assert.ok(!isLegal(gpu, layoutOf([...layout, { profile, start }])))
        }
      }
    }
  })

  test(`${gpu.name}: layouts are ordered by their instances, the larger first`, () => {
    const slices = maximalLayouts(gpu).map((layout) =>
      layout.map(({ profile }) => profile.computeSlices),
    )
    slices.slice(1).forEach((later, i) => {
      const differs = later.findIndex((count, place) => count !== slices[i][place])
      assert.ok(differs < 0 || later[differs] < slices[i][differs], `${slices[i]} before ${later}`)
    })
  })

  test(`${gpu.name}: every legal set of placements belongs to a listed layout`, () => {
    const candidates = standardProfiles(gpu).flatMap((profile) =>
      profile.starts.map((start) => ({ profile, start })),
    )
    const layouts = maximalLayouts(gpu)
    fc.assert(
      fc.property(fc.subarray(candidates), (placements) => {
        const layout = layoutOf(placements)
        const isPart = layouts.some((whole) => {
          const keys = new Set(whole.map((one) => layoutKey([one])))
          return layout.every((one) => keys.has(layoutKey([one])))
        })
        assert.equal(isLegal(gpu, layout), isPart, layoutKey(layout))
      }),
      { numRuns: 400 },
    )
  })

  test(`${gpu.name}: instances never hold more than the GPU`, () => {
    for (const layout of maximalLayouts(gpu)) {
      assert.ok(layoutCus(layout) <= gpu.cus)
      const memory = layout.reduce((sum, { profile }) => sum + profile.memorySlices, 0)
      assert.ok(memory <= gpu.memorySlices)
    }
  })
}

test('the 19 layouts of an A100', () => {
  const found = maximalLayouts(gpuNamed('a100-40')).map((layout) =>
    layout.map(({ profile }) => profile.computeSlices).join(' '),
  )
  assert.deepEqual(found.sort(), [...A100].sort())
})

test('profiles are those that nvidia-smi prints', () => {
  for (const [name, expected] of Object.entries(PROFILES)) {
    const printed = gpuNamed(name).profiles.map(
      (p) => `${p.name} ${p.id} {${p.starts.join('')}}:${p.memorySlices}`,
    )
    assert.deepEqual(printed, expected)
  }
  for (const [name, expected] of Object.entries(CUS)) {
    assert.deepEqual(
      standardProfiles(gpuNamed(name)).map(({ cus }) => cus),
      expected,
    )
  }
})

test('names of MIG profiles tell their compute slices and memory, and only one instance has the media engines', () => {
  for (const { vendor, profiles } of gpus.values()) {
    if (vendor === 'amd') continue
    for (const { name, computeSlices, memoryGb, role, starts, limit } of profiles) {
      const isMedia = role === 'media'
      assert.equal(name, `${computeSlices}g.${memoryGb}gb${isMedia ? '+me' : ''}`)
      assert.equal(limit, isMedia ? 1 : starts.length)
    }
  }
})

test('an MI300X does not mix modes', () => {
  const gpu = gpuNamed('mi300x')
  const [cpx, qpx] = gpu.profiles
  assert.ok(
    !isLegal(
      gpu,
      layoutOf([
        { profile: cpx, start: 0 },
        { profile: qpx, start: 2 },
      ]),
    ),
  )
  assert.equal(wholeProfile(gpu).name, 'SPX')
})

test('illegal layouts', () => {
  const gpu = gpuNamed('h200')
  const [g1, media, , g2, g3, g4] = gpu.profiles
  const illegal: Layout[] = [
    [{ profile: g2, start: 1 }],
    [{ profile: g1, start: 7 }],
    [
      { profile: g3, start: 0 },
      { profile: g4, start: 0 },
    ],
    [
      { profile: g3, start: 0 },
      { profile: g1, start: 3 },
    ],
    [
      { profile: media, start: 0 },
      { profile: media, start: 1 },
    ],
  ]
  for (const layout of illegal) assert.ok(!isLegal(gpu, layout), layoutKey(layout))
})

test('layouts are values', () => {
  const gpu = gpuNamed('a30')
  const [one, , two] = gpu.profiles
  const a = layoutOf([
    { profile: two, start: 2 },
    { profile: one, start: 0 },
  ])
  const b = layoutOf([
    { profile: one, start: 0 },
    { profile: two, start: 2 },
  ])
  assert.deepEqual(a, b)
  assert.equal(layoutKey(b), layoutKey(a))
  assert.equal(layoutKey(a), '1g.6gb@0 2g.12gb@2')
  assert.deepEqual(
    [...countProfiles(a)],
    [
      ['1g.6gb', 1],
      ['2g.12gb', 1],
    ],
  )
})

test('for an unknown GPU, the error lists the known ones', () => {
  assert.throws(
    () => gpuNamed('v100', '--gpu'),
    (error) => {
      assert.ok(error instanceof InputError)
      assert.match(error.message, /--gpu: expected one of .*h200.*found "v100"/)
      return true
    },
  )
  assert.equal(gpuNamed('H200').name, 'h200')
})
