import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { InputError } from '../errors.js'
import { validate } from '../io/validate.js'
import { MOST_WORKERS } from '../quantities.js'
import { pointsFileSchema } from './points-file.js'

describe('a value that was not measured is refused where it stands', () => {
  const group = { kernels: 3, granules: [1], priority: 0 }
  const worker = { model: 'm', batch: 8, soloRps: 10, rps: 0, groups: [group] }
  const point = { workers: [worker], powerW: null, seconds: null }
  const inWorker = (change: object) => ({ points: [{ workers: [{ ...worker, ...change }] }] })
  const inPoint = (change: object) => ({ points: [{ ...point, ...change }] })
  const file = { format: 'eclip.points/2', device: 'h200', points: [point] }
  const cases: readonly (readonly [path: string, change: object])[] = [
    ['device', { device: '' }],
    ['memsets', { memsets: 'elsewhere' }],
    ['description', { description: 1 }],
    ['points', { points: [] }],
    ['points[0].workers', inPoint({ workers: [] })],
    ['points[0].workers', inPoint({ workers: new Array(MOST_WORKERS + 1).fill(worker) })],
    ['points[0].powerW', inPoint({ powerW: 0 })],
    ['points[0].seconds', inPoint({ seconds: -1 })],
    ['points[0].told', inPoint({ told: 'yes' })],
    ['points[0].memsets', inPoint({ memsets: '' })],
    ['points[0].workers[0].model', inWorker({ model: '' })],
    ['points[0].workers[0].batch', inWorker({ batch: 0 })],
    ['points[0].workers[0].groups', inWorker({ groups: [] })],
    ['points[0].workers[0].share', inWorker({ share: 0 })],
    ['points[0].workers[0].soloRps', inWorker({ soloRps: 0 })],
    ['points[0].workers[0].rps', inWorker({ rps: -1 })],
    ['points[0].workers[0].p50Ms', inWorker({ p50Ms: -1 })],
    ['points[0].workers[0].p95Ms', inWorker({ p95Ms: '7' })],
    ['points[0].workers[0].p99Ms', inWorker({ p99Ms: -1 })],
    ['points[0].workers[0].load.poisson', inWorker({ load: { poisson: 0 } })],
  ]
  for (const [path, change] of cases) {
    test(`${path}: ${JSON.stringify(change).slice(0, 80)}`, () => {
      validate(file, pointsFileSchema, 'points.json')
      assert.throws(
        () => validate({ ...file, ...change }, pointsFileSchema, 'points.json'),
        (error: InputError) => {
          assert.equal(error.problem.path, path)
          return true
        },
      )
    })
  }
})
