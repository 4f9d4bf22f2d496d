/** Whole files that are bad for any format: broken JSON, encodings, sizes, gzip. */
import { gzipSync } from 'node:zlib'
import { documents } from './documents.test.fixture.js'

const good = JSON.stringify(documents['plan.json'])
const MIB = 1024 * 1024

/** Zeros, which gzip packs to a thousandth of their size. */
function bomb(mebibytes: number): Buffer {
  const block = gzipSync(Buffer.alloc(16 * MIB), { level: 1 })
  return Buffer.concat(Array<Buffer>(mebibytes / 16).fill(block))
}

function nested(depth: number): string {
  return `{"format":"eclip.plan/1","evidence":${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}}`
}

/** Bad content, what is wrong with it, and what the error line must say. */
export const BAD_TEXTS: readonly (readonly [
  what: string,
  content: () => string | Uint8Array,
  line: RegExp,
])[] = [
  ['nothing', () => '', /found an empty file/],
  ['spaces', () => ' \n\t ', /found an empty file/],
  ['a byte-order mark alone', () => '\u{FEFF}', /found an empty file/],
  ['no JSON', () => 'hello', /line 1: expected JSON: a value, found "hello"/],
  ['half of it', () => good.slice(0, good.length / 2), /found the end of the file|line 1/],
  ['a trailing comma', () => '{\n"format": "eclip.plan/1",\n}', /line 3: expected JSON: a key/],
  ['a comment', () => `// mine\n${good}`, /line 1: expected JSON/],
  ['single quotes', () => good.replaceAll('"', "'"), /line 1: expected JSON/],
  ['keys without quotes', () => '{format: 1}', /a key in double quotes/],
  ['two values', () => `${good}\n${good}`, /line 2: expected JSON: nothing after the value/],
  ['a raw line break in a string', () => '{"a": "b\nc"}', /a string that ends/],
  ['a NUL', () => `${good}\u{0}`, /expected JSON: nothing after the value, found "\\u0000"/],
  ['an escape sequence', () => '\u{1B}[2J{}', /found "\\u001b\[2J{}"/],
  ['YAML', () => 'format: eclip.plan/1\n', /expected JSON/],
  ['HTML', () => '<!DOCTYPE html><p>', /expected JSON: a value, found "<!DOCTYPE/],
  ['UTF-16', () => Buffer.from(`\u{FEFF}${good}`, 'utf16le'), /expected text in UTF-8/],
  ['UTF-16 of the other end', () => Buffer.from([0xfe, 0xff, 0, 0x7b]), /expected text in UTF-8/],
  ['bytes that are no UTF-8', () => Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), /a key in double/],
  [
    'random bytes',
    () => Buffer.from(Array.from({ length: 999 }, (_, i) => (i * 73) % 251)),
    /JSON/,
  ],
  ['a million opening brackets', () => '['.repeat(1e6), /found the end of the file/],
  ['ten million nested arrays', () => '['.repeat(1e7), /at most 5000000 values/],
  ['nesting past the limit', () => nested(100), /at most 64 levels of nesting/],
  ['a hundred thousand levels', () => nested(1e5), /at most 64 levels of nesting/],
  ['a million backslashes', () => `{"format":"${'\\'.repeat(1e6)}`, /a string that ends/],
  ['a million escaped quotes', () => `{"format":"${'\\"'.repeat(1e6)}`, /a string that ends/],
  ['a million quotes', () => '"'.repeat(1e6), /expected JSON: nothing after the value/],
  ['backslashes and NaN', () => `{"a":NaN,"b":"${'\\\\'.repeat(1e6)}"}`, /format: expected/],
  ['a million NaN', () => `[${'NaN,'.repeat(1e6)}0]`, /expected JSON: /],
  ['NaN', () => good.replace('"batch":2', '"batch":NaN'), /batch: expected a number, found NaN/],
  ['-Infinity', () => good.replace('"batch":2', '"batch":-Infinity'), /found -Infinity/],
  ['1e999', () => good.replace('"batch":2', '"batch":1e999'), /batch: expected/],
  ['a long number', () => good.replace('"batch":2', `"batch":1${'0'.repeat(1e6)}`), /batch/],
  ['__proto__', () => good.replace('"batch":2', '"__proto__":{"batch":2}'), /found "__proto__"/],
  ['__proto__ escaped', () => `{"\\u005f_proto__":{},${good.slice(1)}`, /found "__proto__"/],
  ['constructor', () => `{"constructor":{},${good.slice(1)}`, /found "constructor"/],
  ['keys twice', () => `{"format":"eclip.plan/1","format":7}`, /format: expected this key once/],
  [
    'a hundred thousand unknown keys',
    () => `{${Array.from({ length: 1e5 }, (_, i) => `"k${i}":0`)}}`,
    /at most 20000 keys in an object, found 100000/,
  ],
  [
    'ten thousand unknown keys',
    () => `{${Array.from({ length: 1e4 }, (_, i) => `"k${i}":0,`).join('')}${good.slice(1)}`,
    /known keys only, found "k0", "k1", "k2" and 9997 more/,
  ],
  [
    'a million wrong partitions',
    () => good.replace('"pool":[', `"pool":[${'0,'.repeat(1e6)}`),
    /pool: expected at most 4096 entries/,
  ],
  [
    'a million wrong groups',
    () => good.replace('"groups":[', `"groups":[${'{},'.repeat(5e4)}`),
    /groups\[0\]\.kernels: expected a number/,
  ],
  ['gzip that is cut', () => gzipSync(good).subarray(0, 60), /complete gzip/],
  ['gzip with rubbish inside', () => gzipSync('hello'), /expected JSON: a value, found "hello"/],
  ['gzip of nothing', () => gzipSync(''), /found an empty file/],
  ['a gzip header alone', () => Buffer.from([0x1f, 0x8b]), /complete gzip/],
  ['gzip with a wrong checksum', () => corrupted(gzipSync(good)), /complete gzip/],
  ['a gzip bomb of 400 KB', () => bomb(1600), /at most 64 MiB, unpacked, found more/],
  ['gzip in gzip', () => gzipSync(gzipSync(good)), /expected JSON/],
  ['65 MiB of spaces', () => Buffer.alloc(65 * MIB, ' '), /at most 64 MiB/],
  ['60 MiB of letters', () => Buffer.alloc(60 * MIB, 'x'), /line 1: expected JSON/],
  ['60 MiB in a string', () => `"${'x'.repeat(60 * MIB)}"`, /expected an object of the format/],
]

function corrupted(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes)
  copy[copy.length - 6] ^= 0xff
  return copy
}
