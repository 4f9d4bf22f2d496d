import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readdirSync, readSync } from 'node:fs'
import { after, before, test } from 'node:test'
import type { SharedMemoryRegion } from '../load/client/client.js'
import { connect } from '../load/client/connect.js'
import { startEchoServer } from '../load/client/echo-http.test.fixture.js'
import { loadResultSchema } from '../load/result.js'
import { SharedMemory } from '../load/shared-memory.js'
import { startEchoes } from '../serve/echo.test.fixture.js'
import type { RunningServer } from '../serve/server.js'
import { until } from '../until.test.fixture.js'
import { MAIN } from './eclip.test.fixture.js'

/** `eclip load --shared-memory` against a server in this process, whose simulated models return their inputs. */

const OPTIONS = { connections: 4, timeoutMs: 20_000, headers: {}, encoding: 'raw' } as const

let server: RunningServer
before(async () => {
  server = await startEchoes()
})
after(() => server.stop(0))

const URLS = {
  http: () => server.httpUrl,
  grpc: () => `grpc://${server.grpcAddress}`,
}

function load(url: string, ...args: string[]) {
  const child = spawn(process.execPath, [MAIN, 'load', url, '--shared-memory', '--json', ...args])
  const output = { stdout: '', stderr: '' }
  child.stdout.on('data', (text) => {
    output.stdout += text
  })
  child.stderr.on('data', (text) => {
    output.stderr += text
  })
  return { child, ended: once(child, 'close').then(([status]) => ({ status, ...output })) }
}

async function regions(): Promise<unknown[]> {
  const response = await fetch(`${server.httpUrl}/v2/systemsharedmemory/status`)
  return (await response.json()) as unknown[]
}

async function answeredBySlow(): Promise<number> {
  const response = await fetch(`${server.httpUrl}/v2/models/slow/stats`)
  const { model_stats } = (await response.json()) as { model_stats: { inference_count: number }[] }
  return model_stats[0].inference_count
}

function leftBehind({ pid }: ChildProcess): string[] {
  return readdirSync('/dev/shm').filter((name) => name.startsWith(`eclip-load-${pid}-`))
}

for (const [transport, url] of Object.entries(URLS)) {
  test(`${transport}: every request is answered, and the server has no region afterwards`, async () => {
    const models = ['echo-FP32', 'echo-BYTES'].flatMap((model) => ['--model', model])
    // Each model has one of the two inputs.
    const shapes = ['IN_FP32=75000', 'IN_BYTES=3'].flatMap((shape) => ['--shape', shape])
    const args = [...models, '--concurrency', '8', '--requests', '80', '--warmup', '0']
    const { child, ended } = load(url(), ...args, ...shapes)
    const { status, stdout, stderr } = await ended
    assert.equal(status, 0, stderr)
    for (const { sent, answered, reasons } of loadResultSchema.parse(JSON.parse(stdout)).models) {
      assert.deepEqual([answered, reasons], [sent, {}])
    }
    assert.deepEqual([await regions(), leftBehind(child)], [[], []])
  })

  test(`${transport}: simultaneous requests have their outputs in places of their own`, async () => {
    const client = connect(url(), OPTIONS)
    const files = new Map<string, number>()
    // The memory loses its name once the server has opened it, so the test opens it before that.
    const register = (region: SharedMemoryRegion): Promise<void> => {
      files.set(region.name, openSync(`/dev/shm${region.key}`, 'r'))
      return client.registerSharedMemory(region)
    }
    const memory = await SharedMemory.of({ ...client, registerSharedMemory: register }, url())
    const width = 1000
    const requests = Array.from({ length: 8 }, (_, i) => ({
      model: 'echo-UINT8',
      inputs: [
        {
          name: 'IN_UINT8',
          datatype: 'UINT8' as const,
          shape: [1, width],
          data: new Uint8Array(width).fill(i + 1),
        },
      ],
    }))
    const calls = await memory.prepare(requests)
    const replies = await Promise.all(calls.map((call) => call(() => {})))
    assert.ok(replies.every(({ ending }) => ending === 'answered'))
    const [, outputs] = [...files.values()]
    const stride = Math.ceil(width / 64) * 64
    // Places are taken from the end of the region, so these come first.
    const echoed = requests.map((_, i) => {
      const bytes = new Uint8Array(width)
      readSync(outputs, bytes, 0, width, (1023 - i) * stride)
      assert.ok(bytes.every((byte) => byte === bytes[0]))
      return bytes[0]
    })
    assert.deepEqual(echoed, [1, 2, 3, 4, 5, 6, 7, 8])
    await memory.release()
    client.close()
    for (const file of files.values()) closeSync(file)
    assert.deepEqual(await regions(), [])
  })

  test(`${transport}: Ctrl-C leaves no memory, neither here nor in the server`, async () => {
    const args = ['--model', 'slow', '--shape', 'IN_FP32=4', '--rate', '50', '--seconds', '600']
    const before = await answeredBySlow()
    const { child, ended } = load(url(), ...args)
    // The first two requests only try whether the server answers.
    await until(async () => {
      assert.equal(child.exitCode, null)
      return (await answeredBySlow()) >= before + 3
    })
    assert.equal((await regions()).length, 2)
    child.kill('SIGINT')
    const { status, stdout, stderr } = await ended
    assert.equal(status, 130, stderr)
    assert.ok(loadResultSchema.parse(JSON.parse(stdout)).interrupted)
    assert.deepEqual([await regions(), leftBehind(child)], [[], []])
  })
}

test('a server without the extension gets one line that says so', async () => {
  const echo = await startEchoServer([{ name: 'x', datatype: 'FP32', shape: [-1, 4] }])
  const { status, stdout, stderr } = await load(echo.url).ended
  assert.equal(status, 2)
  assert.equal(stdout, '')
  assert.match(
    stderr,
    /^eclip: --shared-memory: expected a server with the extension system_shared_memory, found e\n$/,
  )
  await echo.close()
})
