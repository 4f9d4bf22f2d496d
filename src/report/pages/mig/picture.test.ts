import assert from 'node:assert/strict'
import { test } from 'node:test'
import { getOrMake } from '../../../maps.js'
import { maximalLayouts } from '../../../mig/enumerate.js'
import { gpuNamed } from '../../../mig/gpus/registry.js'
import { layoutOf } from '../../../mig/layout.js'
import { layoutPicture, layoutText } from './picture.js'

const h200 = gpuNamed('h200')
const layouts = maximalLayouts(h200)

test('every partition is drawn once, at its start and as wide as its memory', () => {
  for (const layout of layouts) {
    const { markup } = layoutPicture(h200, [layout])
    const boxes = [...markup.matchAll(/<rect x="(\d+)" [^>]*width="(\d+)"[^>]*fill="#/g)]
    const slice = 84
    assert.deepEqual(
      boxes.map(([, x, width]) => [(Number(x) - 57) / slice, (Number(width) + 2) / slice]),
      layout.map(({ profile, start }) => [start, profile.memorySlices]),
    )
  }
})

test('partitions have a colour for each number of compute slices', () => {
  const colours = new Map<number, Set<string>>()
  for (const layout of layouts) {
    const { markup } = layoutPicture(h200, [layout])
    const fills = [...markup.matchAll(/<rect [^>]*fill="(#\w+)"/g)].map(([, fill]) => fill)
    for (const [i, { profile }] of layout.entries())
      getOrMake(colours, profile.computeSlices, () => new Set()).add(fills[i])
  }
  const used = [...colours.values()].map((own) => [...own])
  assert.deepEqual(
    used.map(({ length }) => length),
    [1, 1, 1, 1, 1],
  )
  assert.equal(new Set(used.flat()).size, 5)
})

test('a terminal picture keeps gaps', () => {
  const [one] = h200.profiles
  const text = layoutText(h200, [
    layoutOf([
      { profile: one, start: 1 },
      { profile: one, start: 4 },
    ]),
  ])
  assert.match(text, /^GPU 0 {3,}\|1g\.18gb +\|1g\.18gb +\|$/)
  assert.equal(text.indexOf('|1g', 20) - text.indexOf('|1g'), 3 * (text.indexOf('|1g') - 6))
})
