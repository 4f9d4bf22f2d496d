import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { MOST_GPUS } from './mig/gpu.js'
import {
  MOST_BATCH,
  MOST_CUS,
  MOST_GRANULES,
  MOST_KERNELS,
  MOST_RATE,
  MOST_WORKERS,
} from './quantities.js'
import { MOST_PROGRAMS } from './run/programs-file.js'
import { DEFAULT_LIMITS } from './serve/limits.js'
import { FRAME_LIMIT } from './torch/frames.js'
import { MOST_TIMES_SOLO } from './workload/demand.js'

const PAGE = readFileSync(new URL('../docs/limits.md', import.meta.url), 'utf8')

test('docs/limits.md names the limits of the code', () => {
  const {
    bodyBytes,
    heldBytes,
    pageBytes,
    headerBytes,
    headersTimeoutMs,
    requestTimeoutMs,
    answerTimeoutMs,
    connections,
  } = DEFAULT_LIMITS
  const rows = [
    ['compute units of a device', `${MOST_CUS}`],
    ['granules of a device', `${MOST_GRANULES}`],
    ['kernels of a request', `${MOST_KERNELS}`],
    ['samples of a batch', `${MOST_BATCH},`],
    ['workers of a mix, models of a demand', `${MOST_WORKERS}`],
    ['programs that are kept running', `${MOST_PROGRAMS}`],
    ['requests per second', `${MOST_RATE},`],
    ['a target of a demand', `${MOST_TIMES_SOLO} times`],
    ['GPUs that MIG is planned for', `${MOST_GPUS}`],
    ['a request, before and after it is unpacked', `${bodyBytes / 2 ** 20} MiB`],
    [
      'all requests under way together, and their answers until they are read',
      `${heldBytes / 2 ** 30} GiB`,
    ],
    [
      'pages over HTTP together (metrics, statistics, state), until they are read',
      `${pageBytes / 2 ** 20} MiB`,
    ],
    [
      'the head of an HTTP request',
      `${headerBytes / 1024} KiB, within ${headersTimeoutMs / 1000} s`,
    ],
    ['the whole of an HTTP request', `within ${requestTimeoutMs / 1000} s`],
    ['an answer, until its client has taken it', `within ${answerTimeoutMs / 1000} s`],
    ['connections', `${connections}`],
    ['a frame', `${FRAME_LIMIT / 2 ** 20} MiB`],
  ]
  for (const [what, most] of rows)
    assert.ok(PAGE.includes(`| ${what} | ${most}`), `${what}: ${most}`)
})
