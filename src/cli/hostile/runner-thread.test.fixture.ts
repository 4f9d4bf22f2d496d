/** Runs command lines one after another in a thread, whose heap is limited and which can be ended. */
import { parentPort } from 'node:worker_threads'
import { run } from '../run.js'

/** What a command line printed, and the code it ended with. */
export interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Takes what is written to a stream in this thread; ends with what there was. */
function captured(stream: NodeJS.WriteStream): () => string {
  let text = ''
  const { write } = stream
  stream.write = (chunk: Uint8Array | string): boolean => {
    text += String(chunk)
    return true
  }
  return () => {
    stream.write = write
    return text
  }
}

parentPort?.on('message', async (words: readonly string[]) => {
  const stdout = captured(process.stdout)
  const stderr = captured(process.stderr)
  const code = await run(words)
  delete process.env.ECLIP_LIBRARY
  const outcome: Outcome = { code, stdout: stdout(), stderr: stderr() }
  parentPort?.postMessage(outcome)
})
