/** The proof of shares and granules, on a driver without a GPU. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import { compileFakeDriver, withCompiler } from '../run/fake-cuda.test.fixture.js'
import { type FakeMps, fakeMps } from '../run/fake-mps.test.fixture.js'
import { areExact, checkPrograms } from './programs.js'

const folder = mkdtempSync(join(tmpdir(), 'eclip-programs-'))
after(() => rmSync(folder, { recursive: true }))

/** The parts of the frameworks that the probe uses. */
const TORCH = `
import ctypes, contextlib
libcuda = ctypes.CDLL("libcuda.so.1")
class Tensor:
    def __add__(self, other): return self
    def sum(self): return self
    def item(self): return 0
def ones(count, device): return Tensor()
class cuda:
    class Stream:
        def __init__(self):
            made = ctypes.c_void_p()
            assert libcuda.cuStreamCreateWithPriority(ctypes.byref(made), 1, 0) == 0
            self.cuda_stream = made.value
    class CUDAGraph:
        def replay(self): assert libcuda.cuGraphLaunch(self.exec, None) == 0
    @staticmethod
    @contextlib.contextmanager
    def graph(made, stream):
        handle, graph, made.exec = ctypes.c_void_p(stream.cuda_stream), ctypes.c_void_p(), ctypes.c_void_p()
        assert libcuda.cuStreamBeginCapture_v2(handle, 2) == 0
        yield
        assert libcuda.cuStreamEndCapture(handle, ctypes.byref(graph)) == 0
        assert libcuda.cuGraphInstantiateWithFlags(ctypes.byref(made.exec), graph, ctypes.c_uint64(0)) == 0
    @staticmethod
    def stream(stream): return contextlib.nullcontext()
`
const JAX = `
class numpy:
    def ones(count): return numpy
    def block_until_ready(): pass
def jit(function): return lambda x: x
`

before(() => {
  if (!withCompiler.skip) compileFakeDriver(folder)
})

let mps: FakeMps
const outside = { ...process.env }
beforeEach(() => {
  mps = fakeMps()
  Object.assign(process.env, mps.env, { LD_LIBRARY_PATH: folder, PYTHONPATH: folder })
})
afterEach(() => {
  for (const name of Object.keys(process.env)) if (!(name in outside)) delete process.env[name]
  Object.assign(process.env, outside)
  mps.remove()
})

async function detailsOf(): Promise<string[]> {
  return (await checkPrograms()).map(({ name, status, detail }) => `${status} ${name}: ${detail}`)
}

test('shares and granules are proven with C, PyTorch and JAX', withCompiler, async () => {
  writeFileSync(join(folder, 'torch.py'), TORCH)
  writeFileSync(join(folder, 'jax.py'), JAX)
  const jax = '(a kernel of ours beside those of JAX)'
  const [library, plain, share, granules] = await detailsOf()
  assert.match(library, /^ok programs library: libeclip-[\da-f]{12}\.so, from the package$/)
  assert.match(plain, /^ok programs: a C program without limits ran on 132 of 132 SMs, .* 264 ms/)
  assert.equal(
    share,
    'ok programs share: under 50% of 132 SMs: C ran on 66 SMs, the last on 0-65; ' +
      `PyTorch ran on 66 SMs, the last on 0-65; JAX ran on 66 SMs ${jax}, the last on 0-65`,
  )
  assert.equal(
    granules,
    'ok programs granules: on granules 0, 1 and 0-1: C ran on 8, 16 SMs, the last on 0-15; ' +
      'PyTorch ran on 16 SMs, the last on 0-15',
  )
  assert.equal(mps.told(), 'start quit')
})

test(
  'kernels on other SMs are a failure, and anything missing is named',
  withCompiler,
  async () => {
    rmSync(join(folder, 'torch.py'), { force: true })
    rmSync(join(folder, 'jax.py'), { force: true })
    Object.assign(process.env, { FAKE_CUDA_LEAK: '1', ECLIP_PYTHON: 'no-such-python' })
    const [, , share, granules] = await detailsOf()
    assert.match(share, /^ok .*; PyTorch not checked \(spawnSync no-such-python ENOENT\); JAX not/)
    assert.match(
      granules,
      /^failed .*: C ran on 132 SMs, the last on 0-131, which is wrong; PyTorch/,
    )
    Object.assign(process.env, { FAKE_CUDA_LEAK: '', FAKE_CUDA_MPS: '1' })
    assert.match((await detailsOf())[3], /which is wrong \(this GPU cannot be partitioned now/)
  },
)

test('without a driver or a compiler, nothing is checked', withCompiler, async () => {
  process.env.LD_LIBRARY_PATH = '/nowhere'
  assert.deepEqual((await detailsOf()).slice(1), [
    'absent programs: no NVIDIA driver: cannot load libcuda.so.1',
  ])
  Object.assign(process.env, { CC: 'no-such-cc' })
  const none = mps
  mps = fakeMps()
  none.remove()
  Object.assign(process.env, mps.env)
  process.env.CC = 'no-such-cc'
  assert.deepEqual((await detailsOf()).slice(1), [
    'absent programs: no C compiler: no-such-cc is not on the PATH (CC names another)',
  ])
})

test('granules are exact if streams and graphs with both of two sets use exactly their union', () => {
  const seen = (...sms: number[][]) => ({
    sms: 132,
    ran: sms.map((run, i) => ({ how: i % 2 ? 'graph' : 'stream', sms: run, smTimeUs: 1 }) as const),
  })
  const [a, b, both] = [
    [0, 1],
    [4, 6],
    [0, 1, 4, 6],
  ]
  assert.ok(areExact(seen(a, a, b, b, both, both)))
  for (const wrong of [
    seen(a, a, a, a, a, a),
    seen(a, a, b, b, [0, 1, 4], [0, 1, 4]),
    seen(a, a, b, b, [0, 1, 4, 6, 7], [0, 1, 4, 6, 7]),
    seen(a, b, b, b, both, both),
    seen(a, a, b, a, both, both),
    seen(a, a, b, b, both, a),
  ])
    assert.ok(!areExact(wrong))
})
