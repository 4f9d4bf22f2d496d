import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { schemas } from './cli/schema.js'
import * as quantities from './quantities.js'

const { count, index } = quantities

/** What is just taken, and what is just refused. */
const LIMITS: Readonly<Record<string, readonly [z.ZodType, taken: unknown[], refused: unknown[]]>> =
  {
    count: [count(3), [1, 3], [0, 4, 1.5, '1', null]],
    index: [index(3), [0, 2], [-1, 3, 0.5]],
    batch: [quantities.batch, [1, 65_536], [0, 65_537]],
    kernels: [quantities.kernels, [1, 65_536], [0, 65_537]],
    granule: [quantities.granule, [0, 511], [-1, 512]],
    granules: [quantities.granules, [[0], [511, 0]], [[], [512], new Array(513).fill(0)]],
    cus: [quantities.cus, [1, 2048], [0, 2049]],
    priority: [quantities.priority, [0, 63], [-1, 64]],
    priorities: [quantities.priorities, [1, 64], [0, 65]],
    instances: [quantities.instances, [1, 8], [0, 9]],
    servedBatch: [quantities.servedBatch, [1, 1024], [0, 1025]],
    cuKey: [quantities.cuKey, ['1', '9999'], ['0', '01', '10000', '1.5', '-1', '', ' 1', '1\n']],
    batchKey: [quantities.batchKey, ['1', '99999'], ['0', '100000', '1e3']],
    us: [quantities.us, [0, 1e9], [-1e-9, 1e9 + 1, Number.NaN]],
    durationUs: [quantities.durationUs, [0.001, 1e9], [0, 0.0009, 1e9 + 1]],
    durationMs: [quantities.durationMs, [1e-6, 1e6], [0, 9e-7, 1e6 + 1]],
    delayMs: [quantities.delayMs, [0, 1e6], [-1, 1e6 + 1]],
    rate: [quantities.rate, [1e-6, 1e6], [0, 9e-7, 1e6 + 1]],
    rateOrNone: [quantities.rateOrNone, [0, 1e6], [-1, 1e6 + 1]],
    quantile: [quantities.quantile, [0.5, 0.9999], [0.4, 1]],
    watts: [quantities.watts, [0, 1e6], [-1, 1e6 + 1]],
    bytes: [quantities.bytes, [0, 2 ** 50], [-1, 2 ** 51]],
    factor: [quantities.factor, [0, 1000], [-1, 1001]],
    name: [quantities.name, ['a', 'x'.repeat(256)], ['', 'x'.repeat(257), 'a\nb', '\u001b[2J']],
    remark: [quantities.remark, ['', 'x'.repeat(65_536)], ['x'.repeat(65_537), 'a\rb']],
    path: [quantities.path, ['a', 'x'.repeat(4096)], ['', 'x'.repeat(4097)]],
  }

for (const [name, [schema, taken, refused]] of Object.entries(LIMITS)) {
  test(`${name}: from its least to its most`, () => {
    const takes = (value: unknown) => schema.safeParse(value).success
    assert.deepEqual(taken.filter(takes), taken)
    assert.deepEqual(refused.filter(takes), [])
  })
}

test('every quantity has been tried', () => {
  const all = Object.entries(quantities).filter(([, value]) => value instanceof z.ZodType)
  assert.deepEqual(
    all.map(([name]) => name).filter((name) => !(name in LIMITS)),
    [],
  )
})

type JsonSchema = Readonly<Record<string, unknown>>

/** Every part of a JSON Schema, with its place. */
function partsOf(schema: unknown, place: string): (readonly [string, JsonSchema])[] {
  if (schema === null || typeof schema !== 'object') return []
  const below = Object.entries(schema).flatMap(([key, part]) => partsOf(part, `${place}.${key}`))
  return [[place, schema as JsonSchema], ...below]
}

/** The numbers and lists that may be anything. Zod bounds whole numbers that have no limit by those that are exact. */
function withoutLimit(schema: unknown, place: string): string[] {
  return partsOf(schema, place)
    .filter(([, { type, minimum, exclusiveMinimum, maximum, maxItems, prefixItems }]) => {
      if (type === 'array') return maxItems === undefined && prefixItems === undefined
      if (type !== 'number' && type !== 'integer') return false
      const least = minimum ?? exclusiveMinimum
      return least === undefined || maximum === undefined || maximum === Number.MAX_SAFE_INTEGER
    })
    .map(([where]) => where)
}

for (const format of ['device', 'profile', 'workload', 'demand', 'points', 'latency'] as const) {
  test(`${format}: no number or list that people write is without a limit`, () => {
    const json = z.toJSONSchema(schemas[format], { io: 'input' })
    const known = format === 'profile' ? ['profile.properties.recipe.properties.seed'] : []
    assert.deepEqual(withoutLimit(json, format), known)
  })
}
