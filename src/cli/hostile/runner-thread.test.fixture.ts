/** Runs command lines one after another in a thread that has a limited heap and can be ended. */
import { parentPort } from 'node:worker_threads'
import { run } from '../run.js'

/** The output of a command line, and its exit code. */
export interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Captures what is written to a stream in this thread. The returned function ends this and returns the text. */
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
