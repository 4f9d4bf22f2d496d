import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { encodeFrame, FRAME_LIMIT, FrameReader } from '../../torch/frames.js'
import { withoutTorch } from '../../torch/needs-torch.test.fixture.js'
import { PROTOCOL } from '../../torch/protocol.js'
import { WorkerProcess } from '../../torch/worker-process.js'
import { badFrames } from './bad-frames.test.fixture.js'

/** `affine` works, `broken` raises, `leaves` ends the process, and `deep` recurses without end. */
const MODELS = `
import sys, torch
class Affine(torch.nn.Module):
    def forward(self, x): return 3 * x + 1
def affine(): return Affine(), (torch.zeros(2, 2),)
def broken(): raise ValueError("two\\nlines")
def leaves(): sys.exit(3)
def deep(): return deep()
`
const ANSWER_MS = 60_000
const LIMIT_MB = 1024

const folder = mkdtempSync(join(tmpdir(), 'eclip-frames-'))
writeFileSync(join(folder, 'hostile_models.py'), MODELS)
after(() => rmSync(folder, { recursive: true }))
process.env.PYTHONPATH = folder

interface Answer {
  readonly id: number | null
  readonly ok: boolean
  readonly error?: { readonly code: string; readonly message: string }
  readonly pid?: number
}

/** Sends bodies as frames, one at a time, and collects the answers. */
class Connection {
  readonly #socket: Socket
  readonly #reader = new FrameReader()
  readonly #answers: Answer[] = []

  constructor(socket: Socket) {
    this.#socket = socket
  }

  async ask(body: Buffer): Promise<Answer> {
    const length = Buffer.alloc(4)
    length.writeUInt32LE(body.length)
    this.#socket.write(Buffer.concat([length, body]))
    while (this.#answers.length === 0) {
      const [piece] = await once(this.#socket, 'data', { signal: AbortSignal.timeout(ANSWER_MS) })
      this.#answers.push(...(this.#reader.push(piece) as Answer[]))
    }
    return this.#answers.shift() as Answer
  }

  request(values: object): Promise<Answer> {
    return this.ask(encodeFrame({ id: 1, ...values }).subarray(4))
  }
}

function memoryMb(pid: number): number {
  const [, kilobytes] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kilobytes) / 1024
}

describe('the Python worker, sent bad frames', { skip: withoutTorch }, () => {
  test('refuses each in one line, and serves the next one', async () => {
    const process = await WorkerProcess.start({ device: 'cpu', trust: 'code' })
    const connection = new Connection(process.socket)
    const model = { model: 'hostile_models:affine', batches: [2], dtype: 'float32' }
    const loaded = await connection.request({ command: 'load', worker: 'w', ...model })
    assert.ok(loaded.ok, loaded.error?.message)
    const hello = await connection.request({ command: 'hello', protocol: PROTOCOL })
    for (const [what, body] of badFrames()) {
      const { ok, error } = await connection.ask(body)
      assert.equal(ok, false, what)
      assert.match(error?.code ?? '', /^[a-z-]+$/, what)
      assert.doesNotMatch(error?.code ?? '', /^internal$/, `${what}: ${error?.message}`)
      assert.match(error?.message ?? '', /^.{1,1000}$/, what)
    }
    const again = await connection.request({ command: 'hello', protocol: PROTOCOL })
    assert.deepEqual(again, hello)
    assert.ok(memoryMb(hello.pid as number) < LIMIT_MB, `${memoryMb(hello.pid as number)} MB`)
    assert.ok((await connection.request({ command: 'shutdown' })).ok)
    assert.doesNotMatch(await process.ended, /Traceback/)
  })

  test('answers a frame above the limit and closes, and ends if a frame is cut short', async () => {
    for (const sent of [FRAME_LIMIT + 1, 0xffff_ffff, 100]) {
      const process = await WorkerProcess.start({ device: 'cpu' })
      const length = Buffer.alloc(4)
      length.writeUInt32LE(sent)
      process.socket.write(Buffer.concat([length, Buffer.from('{"id": 1')]))
      if (sent === 100) process.socket.end()
      process.socket.resume()
      assert.doesNotMatch(await process.ended, /Traceback/)
    }
  })
})
