import type { IncomingHttpHeaders } from 'node:http'
import { Refusal } from '../refusal.js'

/** Where a browser says that a request comes from: this server's own page, or its user's address bar. */
const OWN = new Set(['same-origin', 'none'])

/**
 * Keeps pages of other sites from changing anything here by way of a browser that reaches this server. A
 * browser sends what a form could have sent without asking first, and such is enough to unload a model; but
 * it says where that comes from. Programs that are no browser say nothing.
 * @throws Refusal `cross-site`
 */
export function checkSite(method: string, headers: IncomingHttpHeaders): void {
  if (method === 'GET' || method === 'HEAD') return
  const { origin, host, 'sec-fetch-site': site } = headers
  // Behind a proxy the host may be another than the browser knows, so what it makes of that itself goes first.
  const isOwn = site === undefined ? isOriginOf(host, origin) : OWN.has(`${site}`)
  if (!isOwn) throw new Refusal('cross-site', 'pages of other sites may not ask for this')
}

function isOriginOf(host: string | undefined, origin: string | undefined): boolean {
  return origin === undefined || origin.replace(/^https?:\/\//, '') === host
}
