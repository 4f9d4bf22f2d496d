import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createConnection, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { WorkError } from '../errors.js'
import { until } from '../until.test.fixture.js'
import type { Change } from './change.js'
import { answerChanges, askForChange } from './control.js'

test('a client that connects and says nothing is dropped, and others are answered in the meantime', {
  timeout: 60_000,
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'eclip-control-'))
  const end = answerChanges(folder, ({ program }) => ({ said: [program], isWhole: true }))
  const silent = createConnection(join(folder, 'control'))
  t.after(() => {
    silent.destroy()
    end()
    rmSync(folder, { recursive: true })
  })
  await once(silent, 'connect')
  assert.deepEqual((await askForChange(folder, { program: 'a', restart: false })).said, ['a'])
  await once(silent.resume(), 'close')
})

const CHANGE: Change = { program: 'a', share: '25%', restart: false }

function newFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'eclip-control-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return folder
}

/** What is said to whoever asks for a change that cannot be made. */
async function refusalIn(folder: string): Promise<string> {
  const error = await askForChange(folder, CHANGE).catch((reason: Error) => reason)
  assert.ok(error instanceof WorkError, `${error}`)
  return error.message
}

test('a change is answered as it was asked for, and refused with the reason', async (t) => {
  const folder = newFolder(t)
  const asked: Change[] = []
  const end = answerChanges(folder, (change) => {
    asked.push(change)
    if (asked.length === 1) return { said: ['one', 'two'], isWhole: false }
    if (asked.length === 2) throw new WorkError('it has ended')
    throw new TypeError('of ours')
  })
  assert.deepEqual(await askForChange(folder, CHANGE), { said: ['one', 'two'], isWhole: false })
  assert.equal(await refusalIn(folder), 'a: it has ended')
  assert.equal(await refusalIn(folder), 'a: the program was started by another version of eclip')
  assert.deepEqual(asked, [CHANGE, CHANGE, CHANGE])
  end()
  assert.match(await refusalIn(folder), /^a: cannot reach the eclip that started it: .*ENOENT/)
})

test('what is no change is not carried out', async (t) => {
  const folder = newFolder(t)
  t.after(answerChanges(folder, () => assert.fail()))
  const socket = createConnection(join(folder, 'control'))
  t.after(() => socket.destroy())
  socket.write('{"program":"a","share":"half","restart":false}\n')
  const [reply] = await once(socket.setEncoding('utf8'), 'data')
  assert.equal(reply, '{"error":"the program was started by another version of eclip"}\n')
})

/** Another program where an eclip would listen; the connections that it has. */
async function answeringIn(
  folder: string,
  t: TestContext,
  answer: (socket: Socket) => unknown,
): Promise<readonly Socket[]> {
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket.on('error', () => {}))
    socket.once('data', () => answer(socket))
  })
  await once(server.listen(join(folder, 'control')), 'listening')
  t.after(() => server.close())
  return sockets
}

test('an answer may come in pieces, even of one character, and its connection ends', async (t) => {
  const folder = newFolder(t)
  const bytes = Buffer.from('{"said":["3 µs"],"isWhole":true}\n')
  const half = bytes.indexOf('µ') + 1
  const sockets = await answeringIn(folder, t, (socket) => {
    socket.write(bytes.subarray(0, half))
    setTimeout(() => socket.write(bytes.subarray(half)), 20)
  })
  assert.deepEqual((await askForChange(folder, CHANGE)).said, ['3 µs'])
  await until(() => sockets.every(({ destroyed }) => destroyed))
})

for (const [name, answer, expected] of [
  ['goes away', (socket: Socket) => socket.end(), /: it does not answer$/],
  [
    'talks without end',
    (socket: Socket) => socket.write('x'.repeat(70_000)),
    /: its answer is too long$/,
  ],
  ['says something else', (socket: Socket) => socket.end('{"ok":true}\n'), /another version/],
  ['speaks no JSON', (socket: Socket) => socket.end('yes\n'), /another version/],
] as const) {
  test(`an eclip that ${name} is reported in one line`, async (t) => {
    const folder = newFolder(t)
    const sockets = await answeringIn(folder, t, answer)
    const message = await refusalIn(folder)
    await until(() => sockets.every(({ destroyed }) => destroyed))
    assert.match(message, /^a: /)
    assert.match(message, expected)
    assert.ok(!message.includes('\n'))
  })
}

test('where the name of the folder leaves no room for a socket, nobody is answered and nothing fails', async (t) => {
  const folder = join(newFolder(t), 'x'.repeat(100))
  mkdirSync(folder)
  answerChanges(folder, () => assert.fail())()
  assert.match(await refusalIn(folder), /^a: cannot reach the eclip that started it: /)
})
