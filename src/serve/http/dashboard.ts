import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { alwaysAnswered, answerJson } from './answer.js'
import type { Call, Handler } from './call.js'

/** The page that `npm run build:web` made; it ships with the package. */
const FOLDER = new URL('../../../web/dist/', import.meta.url)

/** The page runs only its own scripts, asks only its own server, and cannot be framed by another page. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

export const page = file('index.html', 'text/html; charset=utf-8')
export const script = file('dashboard.js', 'text/javascript; charset=utf-8')
export const style = file('dashboard.css', 'text/css; charset=utf-8')

/**
 * Answers with a file of the page. Browsers keep it, and ask each time whether it is still current. It is read once,
 * and all answers share its bytes, so that clients who do not read theirs take no more memory.
 */
function file(name: string, type: string): Handler {
  let kept: { readonly content: Buffer; readonly tag: string } | undefined
  return ({ request, response }) => {
    kept ??= tagged(readFileSync(new URL(name, FOLDER)))
    const { content, tag } = kept
    const headers = {
      'Content-Type': type,
      'Cache-Control': 'no-cache',
      ETag: tag,
      'Content-Security-Policy': POLICY,
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
    }
    if (request.headers['if-none-match'] === tag) {
      response.writeHead(304, headers).end()
      return
    }
    response.writeHead(200, { ...headers, 'Content-Length': content.byteLength })
    response.end(content)
  }
}

function tagged(content: Buffer): { content: Buffer; tag: string } {
  const digest = createHash('sha256').update(content).digest('base64url')
  return { content, tag: `"${digest.slice(0, 22)}"` }
}

export const state = alwaysAnswered('application/json', ({ observer }) =>
  JSON.stringify(observer.state),
)

export function history(call: Call): void {
  answerJson(call, 200, call.context.observer.history)
}
