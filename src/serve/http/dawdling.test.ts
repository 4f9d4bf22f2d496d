import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '../../until.test.fixture.js'
import { clientOfEchoes } from './client.test.fixture.js'
import { conversation, head, open } from './raw-client.test.fixture.js'

const client = clientOfEchoes({ limits: { headersTimeoutMs: 500, requestTimeoutMs: 1000 } })

test('a client that dawdles over head or body is dropped', async () => {
  const answers = await Promise.all(
    ['POST ', `${head(100)}\r\n{"inputs"`].map((text) => {
      const socket = open(client)
      socket.write(text)
      return conversation(socket)
    }),
  )
  for (const answer of answers) assert.match(answer, /^HTTP\/1\.1 408 /)
  const { byModel } = client.server.service.accounting
  await until(() => byModel.get('echo-FP32')?.open === 0)
})
