// The faults that a server must survive, for longer than the tests take: ten times the load, malformed requests over
// both transports, plans and models that change under load, and a server that is told to end.
// npm run build && node bench/faults.mjs [seconds of each, 60]
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const TESTS = [
  'overload.test.js',
  'http/fuzz.test.js',
  'grpc/fuzz.test.js',
  'changes.test.js',
  'draining.test.js',
  'accounting.test.js',
]

const seconds = process.argv[2] ?? '60'
const files = TESTS.map((name) => fileURLToPath(new URL(`../dist/serve/${name}`, import.meta.url)))
const { status } = spawnSync(
  process.execPath,
  // One after another, because an overload beside a fuzzer is not a fair test.
  ['--test', '--test-concurrency=1', '--test-reporter=spec', ...files],
  { stdio: 'inherit', env: { ...process.env, ECLIP_FAULT_SECONDS: seconds } },
)
process.exitCode = status ?? 1
