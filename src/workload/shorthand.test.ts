import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseShorthand } from './shorthand.js'

const worker = (model: string, batch: number, replicas = 1) => ({ model, batch, replicas })

test('a mix gives every worker its batch, its own before the one for all', () => {
  assert.deepEqual(parseShorthand('resnet152+vgg19@32'), [
    worker('resnet152', 32),
    worker('vgg19', 32),
  ])
  assert.deepEqual(parseShorthand('vgg19/8+albert/1'), [worker('vgg19', 8), worker('albert', 1)])
  assert.deepEqual(parseShorthand('vgg19/8+albert@2'), [worker('vgg19', 8), worker('albert', 2)])
  assert.deepEqual(parseShorthand('2*densenet201/8+vit_b_16/4'), [
    worker('densenet201', 8, 2),
    worker('vit_b_16', 4),
  ])
})

test('file names are not mixes', () => {
  for (const text of ['mix.json', 'mixes/four.json', './vgg19/8', '/a/8', 'a b@8', 'a@', ''])
    assert.equal(parseShorthand(text), undefined, text)
})

test('a text that is meant as a mix must give every worker a batch', () => {
  for (const text of ['vgg19+albert', 'vgg19/8+albert'])
    assert.throws(() => parseShorthand(text), /expected a batch, as in (vgg19|albert)\/8/)
  for (const text of ['vgg19/0', 'vgg19/8.5', '0*vgg19/8', 'vgg19/8+', '+vgg19/8', 'vgg19@0'])
    assert.equal(parseShorthand(text), undefined, text)
})

test('any mix is read as it was written', () => {
  const count = fc.integer({ min: 1, max: 9999 })
  const model = fc.stringMatching(/^[a-z][\w.-]{0,12}$/)
  const workers = fc.array(
    fc.tuple(model, count, count).map((values) => worker(...values)),
    {
      minLength: 1,
    },
  )
  fc.assert(
    fc.property(workers, (mix) => {
      const text = mix.map((w) => `${w.replicas}*${w.model}/${w.batch}`).join('+')
      assert.deepEqual(parseShorthand(text), mix)
    }),
  )
})
