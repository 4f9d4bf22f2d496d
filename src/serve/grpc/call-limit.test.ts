import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import type { ServerHttp2Stream } from 'node:http2'
import { test } from 'node:test'
import fc from 'fast-check'
import { CallLimit } from './call-limit.js'

const MOST = 5
const CONNECTIONS = [{}, {}, {}]
/** On which connection calls are opened; undefined: the oldest that is open ends. */
const EVENTS = fc.array(fc.option(fc.nat(2), { nil: undefined }), { maxLength: 60 })

function callOn(session: object): ServerHttp2Stream {
  return Object.assign(new EventEmitter(), { session }) as unknown as ServerHttp2Stream
}

test('the connection with most calls loses its oldest, and whoever has no more than a fair part loses none', () => {
  fc.assert(
    fc.property(EVENTS, (events) => {
      const limit = new CallLimit(MOST)
      let open: ServerHttp2Stream[] = []
      const on = (connection: unknown) => open.filter(({ session }) => session === connection)
      for (const event of events) {
        if (event === undefined) {
          open.shift()?.emit('close')
          continue
        }
        const call = callOn(CONNECTIONS[event])
        open.push(call)
        const ended = limit.add(call)
        assert.equal(ended === undefined, open.length <= MOST)
        if (ended === undefined) continue
        const crowd = on(ended.session)
        assert.equal(ended, crowd[0])
        assert.ok(CONNECTIONS.every((one) => on(one).length <= crowd.length))
        open = open.filter((one) => one !== ended)
        // What is ended also closes, which must not count twice.
        ended.emit('close')
      }
    }),
  )
})
