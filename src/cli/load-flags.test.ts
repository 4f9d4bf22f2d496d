/** What the flags of a load ask for, before any server is asked. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { Command } from 'commander'
import { loadDemand } from '../io/demand.js'
import type { ModelLoad } from '../load/model-load.js'
import type { Demand } from '../workload/demand.js'
import { addClientOptions, type ClientFlags, clientOf, inputChoices } from './load-client.js'
import { addModelOptions, type ModelOptions, modelLoads } from './load-models.js'

const folder = mkdtempSync(join(tmpdir(), 'eclip-load-flags-'))
after(() => rmSync(folder, { recursive: true }))

function flagsOf(...words: string[]): ModelOptions & ClientFlags {
  const command = addClientOptions(addModelOptions(new Command()))
  command.exitOverride().configureOutput({ outputError: () => {} })
  return command.parse(words, { from: 'user' }).opts()
}

const loadsOf = (words: readonly string[], ready = ['a'], demand?: Demand): ModelLoad[] =>
  modelLoads(flagsOf(...words), ready, demand)

const NOTHING_SAID = {
  ...{ model: 'a', version: undefined, samples: 1, quantile: 0.99 },
  arrivals: { kind: 'closed', concurrency: 1 },
  ...{ targetMs: undefined, priority: undefined, deadlineMs: undefined },
}

test('every model that is ready is loaded, one request after another, unless flags say otherwise', () => {
  assert.deepEqual(loadsOf([], ['a', 'b']), [NOTHING_SAID, { ...NOTHING_SAID, model: 'b' }])
  const words = '--concurrency 3 --samples 8 --target 20 --quantile 0.9 --priority 2 --deadline 50'
  assert.deepEqual(loadsOf(words.split(' ')), [
    {
      ...{ model: 'a', version: undefined, samples: 8, quantile: 0.9 },
      arrivals: { kind: 'closed', concurrency: 3 },
      ...{ targetMs: 20, priority: 2, deadlineMs: 50 },
    },
  ])
})

test('what is said of one model goes before what is said of all, and its arrivals replace theirs', () => {
  const words = [
    '--model',
    'a,rate=5,target=7',
    '--model',
    'b',
    '--model',
    'c,concurrency=2,version=3',
  ]
  const all = ['--rate', '40', '--cv', '2', '--target', '9', '--samples', '4']
  const [a, b, c] = loadsOf([...words, ...all], ['unasked'])
  const process = { kind: 'gamma', coefficientOfVariation: 2 }
  assert.deepEqual([a.model, a.targetMs, a.samples], ['a', 7, 4])
  assert.deepEqual(a.arrivals, { kind: 'open', ratePerS: 5, process })
  assert.deepEqual([b.targetMs, b.arrivals], [9, { kind: 'open', ratePerS: 40, process }])
  assert.deepEqual([c.version, c.arrivals], ['3', { kind: 'closed', concurrency: 2 }])
})

test('requests come as Poisson arrivals, more or less regular ones, or as they were recorded', () => {
  const arrivals = (...words: string[]) => loadsOf([...words, '--scale', '2'])[0].arrivals
  const poisson = { kind: 'open', ratePerS: 20, process: { kind: 'poisson' } }
  assert.deepEqual(arrivals('--rate', '10'), poisson)
  assert.deepEqual(arrivals('--rate', '10', '--cv', '1'), poisson)
  assert.deepEqual(arrivals('--rate', '10', '--cv', '0').kind, 'open')
  assert.notDeepEqual(arrivals('--rate', '10', '--cv', '0'), poisson)
  // Three gaps in three quarters of a second are four requests a second.
  const file = join(folder, 'trace.txt')
  writeFileSync(file, '1\n1.25\n1.25\n1.75\n')
  const process = { kind: 'trace', timesS: [1, 1.25, 1.25, 1.75], file }
  assert.deepEqual(arrivals('--trace', file), { kind: 'open', ratePerS: 8, process })
  const atRate = { kind: 'open', ratePerS: 10, process }
  assert.deepEqual(arrivals('--trace', file, '--rate', '5'), atRate)
  assert.deepEqual(arrivals('--model', `a,trace=${file},rate=5`), atRate)
})

test('a demand says all of its models, but for their priority and deadline, under the names of the server', () => {
  const demand = loadDemand('vgg19/8:60@12ms+albert/1:40@5ms')
  const words = ['--scale', '0.5', '--priority', '1', '--deadline', '30']
  const [vgg19, albert] = loadsOf(words, ['vgg19/8', 'albert'], demand)
  assert.deepEqual(vgg19, {
    ...{ model: 'vgg19/8', samples: 8, targetMs: 12, quantile: 0.99, priority: 1, deadlineMs: 30 },
    arrivals: { kind: 'open', ratePerS: 30, process: { kind: 'poisson' } },
  })
  assert.deepEqual([albert.model, albert.samples], ['albert', 1])
  assert.equal(loadsOf([], ['vgg19', 'vgg19-8'], demand)[0].model, 'vgg19-8')
  for (const flag of 'model rate cv trace concurrency samples target quantile'.split(' ')) {
    assert.throws(() => loadsOf([`--${flag}`, '1'], [], demand), {
      message: `--demand: expected no flag of models beside it, but --scale, found --${flag}`,
    })
  }
})

test('a rate beside a concurrency is refused, as is more than a server could ever get', () => {
  const refused = (words: readonly string[], message: RegExp) =>
    assert.throws(() => loadsOf(words), { name: 'InputError', message })
  refused(['--rate', '5', '--concurrency', '2'], /^--concurrency: expected either .* found both$/)
  refused(['--model', 'a,trace=x,concurrency=2'], /^--concurrency: expected either/)
  refused(['--rate', '1000', '--scale', '1001'], /^--scale: .* requests\/s of a, found 1001000$/)
  assert.equal(loadsOf(['--rate', '1000', '--scale', '1000']).length, 1)
})

test('settings inside --model are refused as flags are, and a model comes first', () => {
  for (const [text, message] of [
    ['rate=5', /expected the name of a model first, found "rate=5"/],
    ['', /expected the name of a model first/],
    ['a,speed=3', /expected KEY=VALUE with a key of rate, cv, .*version, found "speed=3"/],
    ['a,rate', /expected KEY=VALUE .* found "rate"/],
    ['a,rate=', /expected KEY=VALUE .* found "rate="/],
    ['a,constructor=1', /expected KEY=VALUE .* found "constructor=1"/],
    ['a,samples=0', /expected a whole number of at least 1, found "0"/],
  ] as const) {
    assert.throws(() => flagsOf('--model', text), message)
  }
  assert.equal(flagsOf('--model', 'a,version=x=y').model![0].settings.version, 'x=y')
})

test('sizes and ranges of inputs are given by name, whatever is in the name', () => {
  const flags = flagsOf('--shape', 'a=b=224,3', '--shape', 'ids=128', '--values', 'ids=-1.5..30')
  const { sizes, ranges } = inputChoices(flags)
  assert.deepEqual(
    [...sizes],
    [
      ['a=b', [224, 3]],
      ['ids', [128]],
    ],
  )
  assert.deepEqual([...ranges], [['ids', { low: -1.5, high: 30 }]])
  for (const words of [
    ['--shape', 'ids'],
    ['--shape', 'ids=1,'],
    ['--shape', 'ids=-1'],
    ['--values', 'ids=3'],
    ['--values', 'ids=3..2'],
    ['--values', 'ids=1.2.3..4'],
    ['--header', 'no colon'],
    ['--header', 'a: '],
    ['--header', 'a: b\u001b'],
  ]) {
    assert.throws(() => flagsOf(...words), /expected (INPUT|NAME)/, words.join(' '))
  }
})

test('every request has the headers, uses no more connections, and is given up in time', async (t) => {
  const ports = new Set<number | undefined>()
  const keys: unknown[] = []
  const server = createServer((request, response) => {
    ports.add(request.socket.remotePort)
    keys.push(request.headers.authorization)
    if (request.url?.includes('slow')) return
    setTimeout(() => response.end('{}'), 10)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const words = ['--header', 'Authorization: Bearer x', '--connections', '2', '--timeout', '0.2']
  const client = clientOf(url, flagsOf(...words))
  t.after(() => {
    client.close()
    server.closeAllConnections()
    server.close()
  })
  await Promise.allSettled(Array.from({ length: 6 }, () => client.modelMetadata('a')))
  assert.equal(ports.size, 2)
  assert.deepEqual(keys, new Array(6).fill('Bearer x'))
  const fromMs = performance.now()
  await assert.rejects(client.modelMetadata('slow'))
  const tookMs = performance.now() - fromMs
  assert.ok(tookMs > 150 && tookMs < 5000, `${tookMs}`)
})
