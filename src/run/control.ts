/** Lets one eclip ask another to change what its programs are held to, through a socket beside its file. */
import { createConnection, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { z } from 'zod'
import { WorkError } from '../errors.js'
import { jsonOrUndefined } from '../json-or-undefined.js'
import { type Change, changeSchema } from './change.js'

/** The outcome of a change: lines for people, and whether all of it will take effect. */
const answerSchema = z.strictObject({ said: z.array(z.string()), isWhole: z.boolean() })
export type Answer = z.infer<typeof answerSchema>

const replySchema = z.union([answerSchema, z.strictObject({ error: z.string() })])
type Reply = z.infer<typeof replySchema>

/** What is said where one side does not understand the other. */
const ANOTHER_VERSION: Reply = { error: 'the program was started by another version of eclip' }

const MOST_BYTES = 65_536
const PATIENCE_MS = 5000
/** The system allows no longer names for sockets. */
const LONGEST_PATH = 107

/** The socket on which an eclip listens whose files are in a folder. */
const socketIn = (folder: string) => join(folder, 'control')

/**
 * Carries out the changes that others ask for.
 * @param change throws a WorkError, in one line, if it cannot be done
 * @returns a function that stops answering
 */
export function answerChanges(folder: string, change: (change: Change) => Answer): () => void {
  const path = socketIn(folder)
  // If nobody can ask, programs run all the same.
  if (path.length > LONGEST_PATH) return () => {}
  const server = createServer((socket) => {
    // Whoever asks and then hangs keeps neither this process nor its connection.
    socket.unref()
    socket.setTimeout(PATIENCE_MS, () => socket.destroy())
    void lineFrom(socket)
      .then((line) => socket.end(`${JSON.stringify(replyTo(line, change))}\n`))
      .catch(() => socket.destroy())
  })
  server.on('error', () => {})
  server.listen(path).unref()
  return () => server.close()
}

function replyTo(line: string, change: (change: Change) => Answer): Reply {
  try {
    return change(changeSchema.parse(JSON.parse(line)))
  } catch (error) {
    if (error instanceof WorkError) return { error: error.message }
    return ANOTHER_VERSION
  }
}

/**
 * Asks the eclip whose files are in a folder for a change.
 * @throws WorkError if it does not answer, or cannot do it
 */
export async function askForChange(folder: string, change: Change): Promise<Answer> {
  const socket = createConnection(socketIn(folder))
  socket.setTimeout(PATIENCE_MS, () => socket.destroy(new Error('it does not answer')))
  socket.on('connect', () => socket.write(`${JSON.stringify(change)}\n`))
  const reply = await lineFrom(socket).then(
    (line): Reply => replySchema.safeParse(jsonOrUndefined(line)).data ?? ANOTHER_VERSION,
    (error: Error): Reply => ({
      error: `cannot reach the eclip that started it: ${error.message}`,
    }),
  )
  socket.destroy()
  if ('error' in reply) throw new WorkError(`${change.program}: ${reply.error}`)
  return reply
}

/** The first line that arrives. */
function lineFrom(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    socket.setEncoding('utf8')
    socket.on('data', (part: string) => {
      text += part
      if (text.includes('\n')) resolve(text.slice(0, text.indexOf('\n')))
      else if (text.length > MOST_BYTES) reject(new Error('its answer is too long'))
    })
    socket.on('error', reject)
    socket.on('close', () => reject(new Error('it does not answer')))
  })
}
