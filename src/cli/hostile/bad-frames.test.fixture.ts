/**
 * Frames that the PyTorch worker must refuse and survive. `w` is a worker with one model at batch
 * 2.
 */
import { FRAME_LIMIT } from '../../torch/frames.js'
import { PROTOCOL } from '../../torch/protocol.js'

/** Bad values for one field of an otherwise good request. */
type BadRequest = readonly [good: object, field: string, values: readonly unknown[]]

const NO_COUNT = [0, -1, 1.5, '1', null, true, [], {}, 1e308, 2 ** 53]
const NO_NAME = ['', 7, null, [], {}]
const NO_OBJECT = [[], null, 'x', 3]
const NO_ARRAY = [{}, null, 'x', 3]

const LOAD = { command: 'load', worker: 'new', model: 'hostile_models:affine', batches: [2] }
const INFER = { command: 'infer', worker: 'w', batch: 2, slot: 0 }
const RUN = {
  command: 'run',
  seconds: 0.05,
  warmSeconds: 0,
  workers: [{ worker: 'w', batch: 2, load: { kind: 'closed' } }],
}
const loads = (...values: readonly unknown[]): unknown[] =>
  values.map((load) => [{ worker: 'w', batch: 2, load }])

const BAD_REQUESTS: readonly BadRequest[] = [
  [{}, 'command', ['nonsense', '', 7, null, '__init__', 'x'.repeat(100_000), '\u{1B}[2J']],
  [{ command: 'hello' }, 'protocol', [0, PROTOCOL + 1, `${PROTOCOL}`, null, 1e308]],
  [LOAD, 'worker', ['w', ...NO_NAME]],
  [LOAD, 'model', ['nonsense', 'torchvision:nonsense', 'os:system', 'hostile_models:nothing']],
  [
    LOAD,
    'model',
    ['hostile_models:broken', 'hostile_models:leaves', 'hostile_models:deep', ':', 7],
  ],
  [LOAD, 'model', ['/dev/zero', '/etc/passwd', 'absent.pt2', '../x.pt2', 'x:y:z', '', null]],
  [LOAD, 'batches', [[], [0], [-1], [1.5], ['1'], [1e308], [2 ** 40], ...NO_ARRAY]],
  [LOAD, 'dtype', ['float12', '__class__', 7, '']],
  [LOAD, 'slots', [...NO_COUNT.filter((value) => value !== null), 1e9]],
  [LOAD, 'seed', ['1', [], 1.5]],
  [LOAD, 'channelsLast', ['yes', 7]],
  [INFER, 'worker', ['other', ...NO_NAME]],
  [INFER, 'batch', [1, 3, ...NO_COUNT]],
  [INFER, 'slot', [1, -1, '0', 1e308, []]],
  [INFER, 'count', [3, ...NO_COUNT.filter((value) => value !== null)]],
  [INFER, 'level', [-1, '1', 99, 1.5]],
  [INFER, 'files', ['x', 7, {}, [7], [{}], [{ file: '/etc/passwd', position: 0, input: 0 }]]],
  [
    { command: 'plan' },
    'workers',
    [{ other: {} }, { w: { 3: null } }, { w: { x: null } }, ...NO_OBJECT],
  ],
  [{ command: 'plan' }, 'workers', [{ w: { 2: [] } }, { w: { 2: [{ kernels: -1 }] } }, { w: 7 }]],
  [{ command: 'plan', workers: {} }, 'mode', ['magic', 7]],
  [{ command: 'profile', worker: 'w', batch: 2 }, 'repeats', NO_COUNT.filter((v) => v !== null)],
  [{ command: 'profile', batch: 2 }, 'worker', ['other', ...NO_NAME]],
  [RUN, 'workers', [[], ...NO_ARRAY, [{}], [7], [{ worker: 'other', batch: 2 }]]],
  [RUN, 'workers', loads({ kind: 'poisson', rate: 0 }, { kind: 'poisson', rate: -1 })],
  [RUN, 'workers', loads({ kind: 'poisson' }, { kind: 'odd' }, 'x', [])],
  [RUN, 'seconds', [0, -1, '1', null, 'NaN', 1e308]],
  [RUN, 'warmSeconds', [-1, '1', 1e308]],
  [{ command: 'verify', worker: 'w', batch: 2 }, 'seeds', NO_COUNT.filter((v) => v !== null)],
  [{ command: 'unload' }, 'worker', ['other', ...NO_NAME]],
]

/** Bodies of frames that are not requests at all. */
const BAD_BODIES: readonly (readonly [what: string, body: string | Buffer])[] = [
  ['nothing', ''],
  ['spaces', '   '],
  ['no JSON', 'hello'],
  ['half an object', '{"id": 1'],
  ['an array', '[]'],
  ['a number', '7'],
  ['null', 'null'],
  ['a string', '"hello"'],
  ['no UTF-8', Buffer.from([0xff, 0xfe, 0x7b, 0x7d])],
  ['NULs', Buffer.alloc(1000)],
  ['UTF-16', Buffer.from('{"id":1}', 'utf16le')],
  ['an empty object', '{}'],
  ['no command', '{"id": 1}'],
  ['no id', '{"command": "hello", "protocol": 1}'],
  ['an id that is a string', '{"id": "1", "command": "hello"}'],
  ['an id that is a list', '{"id": [], "command": "hello"}'],
  ['an id that is true', '{"id": true, "command": "hello"}'],
  ['an id of 1e999', '{"id": 1e999, "command": "hello"}'],
  ['an id of NaN', '{"id": NaN, "command": "hello"}'],
  ['an id of 5000 digits', `{"id": ${'7'.repeat(5000)}, "command": "hello"}`],
  ['a hundred thousand brackets', '['.repeat(100_000)],
  ['a hundred thousand levels', `{"id": 1, "command": ${'['.repeat(1e5)}${']'.repeat(1e5)}}`],
  ['lone surrogates', '{"id": 1, "command": "\\ud800"}'],
  ['a command of 10 MB', `{"id": 1, "command": "${'x'.repeat(1e7)}"}`],
  ['a frame of the largest size', Buffer.alloc(FRAME_LIMIT, ' ')],
]

/** The body of every bad frame, with what is wrong with it. */
export function badFrames(): [what: string, body: Buffer][] {
  const requests = BAD_REQUESTS.flatMap(([good, field, values]) =>
    values.map((value): [string, string] => {
      const request = { id: 1, ...good, [field]: value }
      const what = `${JSON.stringify(good).slice(0, 60)} ${field}: ${JSON.stringify(value)}`
      return [what.slice(0, 160), JSON.stringify(request)]
    }),
  )
  return [...BAD_BODIES, ...requests].map(([what, body]) => [what, Buffer.from(body)])
}
