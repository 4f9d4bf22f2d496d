/** Compares the catalog with what docs/hardware.md says of it, and with what was measured. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { quoted, tableRows, textOf } from '../../documents.test.fixture.js'
import { type Device, fingerprint } from '../device.js'
import { h200 } from './h200.js'
import { catalog } from './registry.js'

const HARDWARE = textOf('docs/hardware.md')
const GROUPS = ['costs', 'contention', 'power'] as const

/** A number of a device by its name, which may be that of a group and of a field in it. */
function numberOf(device: Device, name: string): unknown {
  const field = name.split('.').at(-1)!
  const group = GROUPS.find((one) => field in device[one])
  return (group === undefined ? device : device[group])[field as never]
}

/** The rows of the tables of parameters: `a`, `b` | 1, 2 µs | ... */
function parametersOf(markdown: string): [string, number][] {
  const [, section] = markdown.split('## Parameters of the H200')
  return tableRows(section.split('\n## ')[0]).flatMap(([names, values]) => {
    const numbers = values.split(', ').map((value) => Number.parseFloat(value))
    return quoted(names).map((name, i): [string, number] => [name, numbers[i]])
  })
}

test('the parameters of the H200 are those of its table, and none that it has but is not in the table acts', () => {
  const parameters = parametersOf(HARDWARE)
  assert.ok(parameters.length > 20)
  for (const [name, value] of parameters) assert.equal(numberOf(h200, name), value, name)
  const told = new Set(parameters.map(([name]) => name.split('.').at(-1)))
  const untold = GROUPS.flatMap((group) =>
    Object.entries(h200[group]).filter(([name, value]) => !told.has(name) && value !== 0),
  )
  assert.deepEqual(untold, [
    ['maskCallUs', { mean: 1400, worst: 1400 }],
    ['hardwareMaskUs', 1],
    ['mpsGapUs', 0.6],
    ['cuWorkW', 5.8],
    ['limitW', 700],
  ])
})

test('devices that ship have the granules, bandwidths and limits of their table', () => {
  const [, section] = HARDWARE.split('## Devices that ship')
  const rows = tableRows(section).slice(1)
  const told = rows.map(([name, granules, memory, limit]) => {
    const runs = [...granules.matchAll(/(\d+) × (\d+)(?: \+ (\d+))?/g)]
      .map(([, count, cus, rest]) => `${count}x${cus}${rest ? `+1x${rest}` : ''}`)
      .join()
    return [quoted(name)[0], runs, Number(memory), Number.parseFloat(limit)]
  })
  const others = [...catalog.values()].filter((device) => device !== h200)
  const shipped = others.map((device) => [
    device.name,
    fingerprint(device).split(':')[2],
    device.memoryBandwidthGBps,
    device.power.limitW,
  ])
  assert.deepEqual(
    new Map(told.map((row) => [row[0], row])),
    new Map(shipped.map((row) => [row[0], row])),
  )
})

test('the hogs of the H200 slow each other down as they did when they were measured', () => {
  const { hogs } = JSON.parse(textOf('data/measured/device/h200-interference.json'))
  assert.deepEqual(h200.hogs, hogs)
})
