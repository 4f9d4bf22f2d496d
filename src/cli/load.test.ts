import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { startGrpcEchoServer } from '../load/client/echo-grpc.test.fixture.js'
import { type EchoServer, startEchoServer } from '../load/client/echo-http.test.fixture.js'
import { type LoadResult, loadResultSchema } from '../load/result.js'
import { MAIN } from './eclip.test.fixture.js'

const folder = mkdtempSync(join(tmpdir(), 'eclip-load-'))
after(() => rmSync(folder, { recursive: true }))

const INPUTS = [{ name: 'x', datatype: 'FP32', shape: [-1, 4] }] as const

interface Run {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs the command in a process of its own. The test is its server. */
function eclip(args: readonly string[], onStart: (pid: number) => void = () => {}): Promise<Run> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [MAIN, ...args], { cwd: folder })
    const output = { stdout: '', stderr: '' }
    child.stdout.on('data', (chunk) => {
      output.stdout += chunk
    })
    child.stderr.on('data', (chunk) => {
      output.stderr += chunk
    })
    child.once('close', (status) => resolve({ status, ...output }))
    onStart(child.pid!)
  })
}

async function measured(...args: readonly string[]): Promise<LoadResult> {
  const { status, stdout, stderr } = await eclip(['load', ...args, '--json'])
  assert.equal(status, 0, stderr)
  return loadResultSchema.parse(JSON.parse(stdout))
}

async function withServer(
  work: (server: EchoServer) => Promise<void>,
  before?: Parameters<typeof startEchoServer>[1],
  models: readonly string[] = ['echo'],
): Promise<void> {
  const server = await startEchoServer(INPUTS, before, models)
  try {
    await work(server)
  } finally {
    await server.close()
  }
}

test('open and closed loops over HTTP account for every request', async () => {
  await withServer(async (server) => {
    const args = ['--rate', '200', '--requests', '60', '--warmup', '0.1', '--samples', '3']
    const { models, interrupted } = await measured(server.url, ...args)
    const [{ model, sent, answered, latencyMs, samples }] = models
    assert.deepEqual([model, sent, answered, samples, interrupted], ['echo', 60, 60, 3, false])
    assert.ok(latencyMs!.p50 > 0)
    // The trial request and the warm-up also reached the server. Every input has 3 samples of 4 floats.
    assert.ok(server.received.length > 60)
    for (const { body, headers } of server.received) {
      assert.equal(body.length - Number(headers['inference-header-content-length']), 48)
    }
    const closed = await measured(server.url, '--model', 'echo,concurrency=4', '--requests', '50')
    assert.ok(closed.models[0].sent >= 50 && closed.models[0].sent === closed.models[0].answered)
  })
})

test('if a server stalls once, the requests that were due in that time show it', async () => {
  const stallMs = 400
  let stall: Promise<undefined> | undefined
  await withServer(
    async (server) => {
      const args = ['--rate', '200', '--cv', '0', '--requests', '200', '--warmup', '0']
      const { models } = await measured(server.url, ...args, '--target', '200')
      const [{ answered, latencyMs, target }] = models
      assert.equal(answered, 200)
      // At 200/s, 40 requests are due in the first half of the stall, and wait at least for its second half. A
      // sender that waits for answers would only have had one such request.
      assert.ok(latencyMs!.max >= stallMs - 10, `${latencyMs!.max}`)
      assert.ok(target!.attainment <= 1 - 38 / 200, `${target!.attainment}`)
    },
    async (index) => {
      if (index === 50) {
        stall = new Promise((resolve) => setTimeout(() => resolve(undefined), stallMs))
      }
      return index >= 50 ? stall : undefined
    },
  )
})

test('several models, a trace and seeded inputs over gRPC', async () => {
  writeFileSync(join(folder, 'trace.txt'), '# s\n0\n0.01\n0.015\n0.03\n')
  const server = await startGrpcEchoServer(INPUTS)
  try {
    const args = [
      '--model', 'echo,trace=trace.txt', '--model', 'echo,rate=100,priority=2,deadline=5',
      '--scale', '0.5', '--requests', '60', '--warmup', '0', '--seed', '7',
    ] // biome-ignore format: one flag and its value after the other
    const { models } = await measured(server.url, ...args)
    assert.deepEqual(
      models.map(({ arrivals }) => arrivals),
      [
        { kind: 'trace', ratePerS: 50, file: 'trace.txt' },
        { kind: 'poisson', ratePerS: 50 },
      ],
    )
    assert.equal(models[0].answered + models[1].answered, 60)
    const withPriority = server.received.filter(({ parameters }) => parameters?.length === 2)
    assert.ok(withPriority.length >= models[1].sent)
    assert.deepEqual(withPriority[0].parameters, [
      { key: 'priority', value: { int64_param: '2' } },
      { key: 'timeout', value: { int64_param: '5000' } },
    ])
    const inputs = (): string[] => {
      const sent = server.received.map(({ raw_input_contents: [raw] }) => raw.toString('hex'))
      server.received.length = 0
      return [...new Set<string>(sent)].sort()
    }
    const first = inputs()
    assert.equal(first.length, 16)
    await measured(server.url, ...args)
    assert.deepEqual(inputs(), first)
  } finally {
    server.close()
  }
})

test('a demand says which models are loaded, how often, and within what', async () => {
  const demand = {
    format: 'eclip.demand/1',
    device: 'h200',
    models: [
      { model: 'vgg19', ratePerSecond: 80, samples: 8, target: { ms: 12 }, quantile: 0.95 },
      { model: 'albert', ratePerSecond: 40, target: { timesSolo: 5 }, arrivals: { gamma: 2 } },
    ],
  }
  writeFileSync(join(folder, 'demand.json'), JSON.stringify(demand))
  await withServer(
    async (server) => {
      const args = ['--demand', 'demand.json', '--scale', '2', '--requests', '40']
      const { models } = await measured(server.url, ...args)
      const [vgg19, albert] = models
      assert.deepEqual([vgg19.model, vgg19.samples], ['vgg19/8', 8])
      assert.deepEqual([albert.model, albert.samples], ['albert', 1])
      assert.deepEqual(vgg19.arrivals, { kind: 'poisson', ratePerS: 160 })
      assert.deepEqual([vgg19.target?.ms, vgg19.target?.quantile], [12, 0.95])
      assert.deepEqual(albert.arrivals, { kind: 'gamma', ratePerS: 80, coefficientOfVariation: 2 })
      assert.ok(albert.target!.ms > 0 && models.every(({ answered, sent }) => answered === sent))
    },
    undefined,
    ['vgg19/8', 'albert'],
  )
})

test('a table, the reasons and the sender’s lag are printed, and a page is written', async () => {
  await withServer(
    async (server) => {
      const args = ['--rate', '300', '--requests', '30', '--warmup', '0', '--report', 'r.html']
      const { status, stdout, stderr } = await eclip([
        'load',
        server.url,
        ...args,
        '--target',
        '1e4',
      ])
      assert.equal(status, 0, stderr)
      assert.match(stdout, /^echo +300\/s poisson +30 /m)
      assert.match(stdout, /echo: \d+ × HTTP 429 full/)
      assert.match(stdout, /Requests left .* ms \(p99\).* after they were due/)
      assert.match(stderr, /report: r\.html/)
      assert.match(readFileSync(join(folder, 'r.html'), 'utf8'), /What became of the requests/)
    },
    async (index) => (index % 3 === 2 ? { status: 429, body: '{"error":"full"}' } : undefined),
  )
})

test('a load without a single answer has failed, and says why most requests did', async () => {
  const args = ['--rate', '300', '--requests', '30', '--warmup', '0', '--json']
  for (const answered of [0, 1]) {
    await withServer(
      async ({ url }) => {
        const { status, stdout, stderr } = await eclip(['load', url, ...args])
        const [{ sent, refused, failed }] = loadResultSchema.parse(JSON.parse(stdout)).models
        assert.deepEqual([sent, refused > failed, failed > 0], [30, true, true])
        const line = `eclip: ${url} answered none of 30 requests, most often: HTTP 429 full\n`
        assert.deepEqual([status, stderr], answered === 0 ? [1, line] : [0, ''])
      },
      async (index) => {
        // The first request is a trial before the load begins.
        if (index === 0 || index === 7 * answered) return undefined
        return { status: index % 3 === 2 ? 500 : 429, body: '{"error":"full"}' }
      },
    )
  }
})

test('Ctrl-C prints the measurements so far', async () => {
  let pid = 0
  await withServer(
    async (server) => {
      const args = [
        'load',
        server.url,
        '--rate',
        '200',
        '--seconds',
        '600',
        '--warmup',
        '0',
        '--json',
      ]
      const { status, stdout } = await eclip(args, (started) => {
        pid = started
      })
      assert.equal(status, 130)
      const { interrupted, models } = loadResultSchema.parse(JSON.parse(stdout))
      const [{ sent, answered, failed, reasons }] = models
      assert.ok(interrupted && sent >= 30 && sent === answered + failed)
      assert.deepEqual(Object.keys(reasons), ['interrupted before the answer'])
    },
    async (index) => {
      if (index === 30) process.kill(pid, 'SIGINT')
      // From here on, the server does not answer.
      return index >= 30 ? new Promise(() => {}) : undefined
    },
  )
})

for (const [signal, expected] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  test(`${signal} before the load begins says so, and nothing is printed or written`, async () => {
    let pid = 0
    await withServer(
      async ({ url }) => {
        const args = ['load', url, '--json', '--report', 'none.html']
        const run = await eclip(args, (started) => {
          pid = started
        })
        const stderr = 'interrupted before the load began\n'
        assert.deepEqual(run, { status: expected, stdout: '', stderr })
        assert.ok(!existsSync(join(folder, 'none.html')))
      },
      () => {
        process.kill(pid, signal)
        return new Promise(() => {})
      },
    )
  })
}

test('a server with hundreds of models is asked which to load', async () => {
  const models = Array.from({ length: 257 }, (_, i) => `model-${i}`)
  await withServer(
    async ({ url, received }) => {
      const { status, stdout, stderr } = await eclip(['load', url])
      const expected = '1 to 256 models that are ready (--model names those to load)'
      const line = `eclip: ${url}: expected ${expected}, found 257\n`
      assert.deepEqual([status, stdout, stderr, received.length], [2, '', line, 0])
    },
    undefined,
    models,
  )
})

test('bad input gives one line and code 2, a missing server code 1', async () => {
  writeFileSync(join(folder, 'one.txt'), '1\n')
  await withServer(async ({ url }) => {
    const cases: readonly [readonly string[], number, RegExp][] = [
      [['ftp://127.0.0.1:1'], 2, /expected http:\/\/HOST:PORT or grpc/],
      [['nonsense'], 2, /expected http:\/\/HOST:PORT/],
      [[url, '--model', 'other'], 2, /--model: expected a model that the server has, found other/],
      [[url, '--model', 'echo,speed=3'], 2, /expected KEY=VALUE with a key of rate/],
      [[url, '--model', 'echo,rate=fast'], 2, /expected a number of at least 0.000001/],
      [[url, '--rate', '5', '--concurrency', '2'], 2, /either a rate or trace, or a concurrency/],
      [
        [url, '--demand', 'absent.json'],
        2,
        /absent\.json: expected a demand file, or models such as .*, found no such file/,
      ],
      [[url, '--demand', 'vgg19/8:60@5x', '--rate', '5'], 2, /--demand: expected no flag.*--rate/],
      [[url, '--trace', 'absent.txt'], 2, /absent\.txt: expected a readable file/],
      [[url, '--shape', 'x=3'], 2, /--shape x: expected 0 sizes/],
      [[url, '--rate', '1e-7'], 2, /expected a number of at least 0.000001, found "1e-7"/],
      [[url, '--rate', '1e12'], 2, /expected at most 1000000, found "1e12"/],
      [[url, '--rate', '1000', '--scale', '1e6'], 2, /--scale: expected at most 1000000 requests/],
      [[url, '--cv', '1e6'], 2, /expected at most 20/],
      [[url, '--timeout', '1e9'], 2, /expected at most 86400/],
      [[url, '--connections', '1000000000'], 2, /expected at most 50000/],
      [[url, '--trace', 'one.txt'], 2, /one\.txt: expected at least two different arrival times/],
      [[url, '--quantile', '2'], 2, /--quantile: expected at most 1, found "2"/],
      [
        ['http://127.0.0.1:9', '--model', 'm'],
        1,
        /^eclip: the server does not describe m: connect ECONNREFUSED/,
      ],
      [
        ['grpc://127.0.0.1:9'],
        1,
        /gave no list of its models \(--model names them\): connect ECONNREFUSED/,
      ],
    ]
    for (const [args, code, message] of cases) {
      const { status, stdout, stderr } = await eclip(['load', ...args, '--report', 'no.html'])
      assert.equal(status, code, `${args}: ${stderr}`)
      assert.match(stderr, message)
      assert.equal(stdout, '')
      assert.ok(!existsSync(join(folder, 'no.html')))
    }
  })
})
