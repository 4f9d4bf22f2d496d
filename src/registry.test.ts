import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lookUpIn, registryOf } from './registry.js'

test('things are found by name, in their order, and the error names those there are', () => {
  const [one, other] = [{ name: 'b' }, { name: 'a' }]
  const registry = registryOf([one, other])
  assert.deepEqual([...registry.keys()], ['b', 'a'])
  assert.equal(lookUpIn(registry, 'a', '--policy'), other)
  assert.throws(() => lookUpIn(registry, 'c', '--policy'), {
    name: 'InputError',
    message: '--policy: expected one of b, a, found "c"',
  })
})
