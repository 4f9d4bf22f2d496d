import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { InputError } from '../errors.js'
import { profileSchema } from '../profile/profile.js'
import { workloadSchema } from '../workload/workload.js'
import { loadDevice, shippedProfiles } from './library.js'
import { readFile } from './read.js'
import { loadScenario } from './scenario.js'
import { writeFile, writeJson } from './write.js'

const folder = mkdtempSync(join(tmpdir(), 'eclip-io-'))
after(() => rmSync(folder, { recursive: true }))

function fileOf(name: string, content: string | Uint8Array): string {
  const file = join(folder, name)
  writeFileSync(file, content)
  return file
}

function profileText(kernel: string, format = 'eclip.profile/1'): string {
  const shape = '"grid":[1,1,1],"block":[32,1,1],"registers":8,"sharedMemoryBytes":0'
  return `{"format":"${format}","model":"m","batch":8,"device":"h200","source":"measured","kernels":[{"name":"k",${shape},${kernel}}]}`
}

const good = profileText('"durationUs":{"8":2.5}')

test('plain and gzipped files are read alike', () => {
  const plain = readFile(fileOf('plain.json', good), profileSchema)
  const packed = readFile(fileOf('packed.json.gz', gzipSync(good)), profileSchema)
  assert.deepEqual(packed, plain)
})

test('bad files name the path, what was expected and what was found', () => {
  const workload = (workers: string): string =>
    `{"format":"eclip.workload/1","device":"h200","workers":${workers}}`
  const cases: [string, string | Uint8Array, 'profile' | 'workload', string, RegExp, RegExp][] = [
    [
      'truncated gzip',
      gzipSync(good).subarray(0, 60),
      'profile',
      '',
      /complete gzip/,
      /unexpected end/,
    ],
    ['no JSON', '{"format":', 'profile', '', /JSON/, /./],
    ['empty', '', 'profile', '', /JSON/, /empty file/],
    [
      'wrong tag',
      profileText('"durationUs":{"8":1}', 'eclip.plan/1'),
      'profile',
      'format',
      /eclip.profile\/1" \(eclip profile makes one\)/,
      /eclip.plan\/1/,
    ],
    [
      'newer version',
      profileText('"durationUs":{"8":1}', 'eclip.profile/2'),
      'profile',
      'format',
      /profile\/1/,
      /newer/,
    ],
    ['not an object', '[]', 'profile', 'format', /eclip.profile\/1/, /nothing/],
    [
      'negative',
      profileText('"durationUs":{"8":-1}'),
      'profile',
      'kernels[0].durationUs.8',
      /more than 0/,
      /-1/,
    ],
    [
      'NaN',
      profileText('"durationUs":{"8":NaN}'),
      'profile',
      'kernels[0].durationUs.8',
      /number/,
      /^NaN$/,
    ],
    [
      'infinite',
      profileText('"durationUs":{"8":-Infinity}'),
      'profile',
      'kernels[0].durationUs.8',
      /number/,
      /^-Infinity$/,
    ],
    [
      'no duration',
      profileText('"durationUs":{}'),
      'profile',
      'kernels[0].durationUs',
      /measured duration/,
      /object/,
    ],
    [
      'bad CU count',
      profileText('"durationUs":{"x":1}'),
      'profile',
      'kernels[0].durationUs.x',
      /CU count/,
      /"x"/,
    ],
    [
      'unknown key',
      profileText('"durationUs":{"8":1},"colour":1'),
      'profile',
      'kernels[0]',
      /^known keys only$/,
      /colour/,
    ],
    [
      'a misspelt key that may be left out',
      profileText('"durationUs":{"8":1}').replace('}]}', '}],"sofware":{}}'),
      'profile',
      '',
      /^known keys only, such as "software"$/,
      /^"sofware"$/,
    ],
    [
      'a misspelt key that is needed',
      profileText('"duration":{"8":1},"colour":1'),
      'profile',
      'kernels[0].durationUs',
      /^an object$/,
      /^nothing, but the unknown keys "duration", "colour"$/,
    ],
    [
      'a misspelt tag',
      good.replace('"format"', '"formt"'),
      'profile',
      'format',
      /eclip.profile\/1/,
      /^nothing, but the unknown key "formt"$/,
    ],
    [
      'a misspelt key of one of two loads',
      workload('[{"model":"m","batch":1,"load":{"periodic":{"everyMS":1}}}]'),
      'workload',
      'workers[0].load.periodic.everyMs',
      /^a number$/,
      /^nothing, but the unknown key "everyMS"$/,
    ],
    ['no workers', workload('[]'), 'workload', 'workers', /at least 1/, /array of 0/],
    [
      'bad load',
      workload('[{"model":"m","batch":1,"load":{"poisson":-1}}]'),
      'workload',
      'workers[0].load.poisson',
      /more than 0/,
      /-1/,
    ],
    [
      'another load',
      workload('[{"model":"m","batch":1,"load":{"kind":"poisson","rate":5}}]'),
      'workload',
      'workers[0].load',
      /^"closed" or an object with "poisson" or an object with "trace" or an object with "periodic"$/,
      /^an object with "kind", "rate"$/,
    ],
    [
      'a load with more',
      workload('[{"model":"m","batch":1,"load":{"poisson":5,"seed":1}}]'),
      'workload',
      'workers[0].load',
      /known keys/,
      /^"seed"$/,
    ],
    [
      'part of a load',
      workload('[{"model":"m","batch":1,"load":{"periodic":{}}}]'),
      'workload',
      'workers[0].load.periodic.everyMs',
      /^a number$/,
      /^nothing$/,
    ],
    [
      'a word for a load',
      workload('[{"model":"m","batch":1,"load":"open"}]'),
      'workload',
      'workers[0].load',
      /^"closed" or an object$/,
      /^"open"$/,
    ],
    [
      'model and profile',
      workload('[{"model":"m","profile":"f"}]'),
      'workload',
      'workers[0]',
      /either/,
      /object/,
    ],
  ]
  cases.forEach(([name, content, kind, path, expected, found], i) => {
    const file = fileOf(`bad-${i}.json`, content)
    const schema = kind === 'profile' ? profileSchema : workloadSchema
    assert.throws(
      () => readFile(file, schema),
      (error: unknown) => {
        assert.ok(error instanceof InputError, name)
        assert.equal(error.problem.file, file, name)
        assert.equal(error.problem.path, path, name)
        assert.match(error.problem.expected, expected, name)
        assert.match(error.problem.found, found, name)
        assert.ok(!error.message.includes('\n'), name)
        return true
      },
    )
  })
})

test('scenarios resolve shorthand, replicas and traces, and give replicas different names', () => {
  const trace = fileOf('arrivals.txt', '# seconds\n0.1\n\n0.25 # second\n')
  const file = fileOf(
    'mix.json',
    JSON.stringify({
      format: 'eclip.workload/1',
      device: 'h200',
      workers: [
        { model: 'vgg19', batch: 8, replicas: 2 },
        { model: 'albert', batch: 8, load: { trace } },
      ],
    }),
  )
  const { workers } = loadScenario(file)
  assert.deepEqual(
    workers.map((w) => w.name),
    ['vgg19/8', 'vgg19/8#2', 'albert/8'],
  )
  assert.deepEqual(workers[2].load, { kind: 'trace', arrivalsUs: [100_000, 250_000] })
  assert.equal(loadScenario('vgg19+albert@32').workers[1].profile.batch, 32)
})

test('a device file is looked for beside the workload that names it, then in the current folder', () => {
  const mine = { ...loadDevice('h200'), queueLimit: 7 }
  const beside = fileOf('mine.json', JSON.stringify(mine))
  const workers = [{ model: 'vgg19', batch: 8 }]
  const workload = { format: 'eclip.workload/1', device: 'mine.json', workers }
  const file = fileOf('with-device.json', JSON.stringify(workload))
  assert.equal(loadScenario(file).device.queueLimit, 7)
  assert.equal(loadScenario(file, beside).device.queueLimit, 7)
  assert.throws(() => loadScenario(file, 'mine.json'), /device: expected a device file or one of/)
})

test('scenarios that cannot be served are refused', () => {
  let refused = 0
  const mix = (worker: object): string => {
    const workload = { format: 'eclip.workload/1', device: 'h200', workers: [worker] }
    return fileOf(`refused-${refused++}.json`, JSON.stringify(workload))
  }
  const cases: [string, RegExp][] = [
    [mix({ model: 'gpt9', batch: 8 }), /workers\[0\]\.model: expected one of albert.*found "gpt9"/],
    [
      mix({ model: 'vgg19', batch: 9 }),
      /workers\[0\]\.batch: expected batch .*8 or 32 of vgg19, profiled on h200, found 9/,
    ],
    [
      mix({ model: 'vgg19', batch: 8, replicas: 17 }),
      /workers: expected at most 16 workers.*found 17/,
    ],
    [
      mix({ profile: fileOf('a100.json', good.replace('"h200"', '"a100"')) }),
      /a100\.json: device: expected a profile made on h200, found "a100"/,
    ],
    [
      mix({ profile: fileOf('wide.json', good.replace('[32,1,1]', '[4096,1,1]')) }),
      /kernels\[0\]\.block: expected at most 2048 threads a block, found 4096/,
    ],
    [
      mix({
        profile: fileOf('large.json', good.replace('"durationUs":{', '"durationUs":{"500":1,')),
      }),
      /kernels\[0\]\.durationUs: expected at most 132 compute units, found 500/,
    ],
    [
      mix({ profile: 'absent.json' }),
      /json: workers\[0\]\.profile: expected the name of a file, found no file .*absent\.json$/,
    ],
    [
      mix({ model: 'vgg19', batch: 8, load: { trace: 'absent.txt' } }),
      /json: workers\[0\]\.load\.trace: expected the name of a file, found no file .*absent\.txt$/,
    ],
    [
      mix({ model: 'vgg19', batch: 8, load: { trace: fileOf('t.txt', '2\n1\n') } }),
      /line 2: expected a time/,
    ],
    [
      mix({ model: 'vgg19', batch: 8, load: { trace: fileOf('ms.txt', '1.7e12\n') } }),
      /ms\.txt: line 1: expected a time in seconds, of at most 10000000000, found "1\.7e12"/,
    ],
    [
      mix({ model: 'vgg19', batch: 8, load: { trace: fileOf('e.txt', '1.7e9\n1700000001\n') } }),
      /e\.txt: expected seconds from the start \(subtract .*found a first arrival after 1700000000 s/,
    ],
    [
      'no-such-workload.json',
      /no-such-workload\.json: expected a workload file, or a mix such as .*, found no such file/,
    ],
  ]
  for (const [workload, message] of cases) assert.throws(() => loadScenario(workload), message)
})

test('every shipped profile satisfies the schema and is named after its contents', () => {
  const shipped = shippedProfiles('h200')
  assert.ok(shipped.length >= 14)
  for (const { file, model, batch } of shipped) {
    const profile = readFile(file, profileSchema)
    assert.deepEqual([profile.model, profile.batch, profile.device], [model, batch, 'h200'])
  }
})

test('files are written in full, compressed if their name says so, and leave nothing else behind', () => {
  const target = join(folder, 'out', 'value.json.gz')
  writeJson(target, { a: 1 })
  writeFile(target, good)
  assert.equal(readFile(target, profileSchema).model, 'm')
  assert.deepEqual(readdirSync(join(folder, 'out')), ['value.json.gz'])
  assert.throws(() => writeFile(join(target, 'below'), 'x'), /cannot write/)
})
