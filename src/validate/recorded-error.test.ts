import assert from 'node:assert/strict'
import { test } from 'node:test'
import { h100 } from '../device/catalog/h100.js'
import { h200 } from '../device/catalog/h200.js'
import { tableRows, textOf } from '../documents.test.fixture.js'
import { mean } from '../numbers.js'
import { recordedErrorOf } from './recorded-error.js'

interface Recorded {
  readonly mixes: number
  readonly rate: number
  readonly asRead: number
  readonly p95: number
  readonly power: number
}

/** The tables of docs/accuracy.md: for a file, `6 of the gallery`, and its errors as fractions. */
const FILES = new Map(
  tableRows(textOf('docs/accuracy.md')).flatMap((row): [string, Recorded][] => {
    const [, name, mixes] = /^`(h\d+-[\w-]+)\.json\.gz`: \D*(\d+)/.exec(row[0]) ?? []
    if (name === undefined || row.length !== 10) return []
    const [rate, asRead, p95, power] = [2, 5, 7, 8].map((i) => Number.parseFloat(row[i]) / 100)
    return [[name, { mixes: Number(mixes), rate, asRead, p95, power }]]
  }),
)
const HELD_OUT_H200 = ['held-out', 'bench-ten', 'bench-told', 'gallery', 'blind']

for (const [device, names] of [
  [h200, HELD_OUT_H200.map((name) => `h200-${name}-mixes`)],
  [h100, [...FILES.keys()].filter((name) => name.startsWith('h100-'))],
] as const)
  test(`the error of the ${device.name} is the mean over the recorded files that nothing was fitted on`, () => {
    const files = names.map((name) => FILES.get(name)!)
    const { source, ...errors } = recordedErrorOf({ device, workers: [] })!
    const means = {
      rate: mean(files.map(({ rate }) => rate)),
      weightedSpeedup: mean(files.map(({ asRead }) => asRead)),
      p95: mean(files.map(({ p95 }) => p95)),
      power: mean(files.map(({ power }) => power)),
    }
    for (const [figure, value] of Object.entries(errors)) {
      // Recorded to a tenth of a percent.
      assert.ok(Math.abs(value - means[figure as keyof typeof means]) <= 0.000501, figure)
    }
    const mixes = files.reduce((total, file) => total + file.mixes, 0)
    assert.ok(source.startsWith(`${mixes} measured mixes`), `${mixes}: ${source}`)
  })
