import type { IncomingHttpHeaders } from 'node:http'
import { Refusal } from '../refusal.js'

/** Where a browser says that a request comes from: a page of this server, or the address bar. */
const OWN = new Set(['same-origin', 'none'])

/**
 * Prevents pages of other sites from changing anything on this server through the browser of somebody who can reach
 * it. A browser sends anything that a form could send without asking the server first, and that is enough to unload
 * a model. But the browser also says which site the request comes from. Programs other than browsers say nothing.
 * @throws Refusal `cross-site`
 */
export function checkSite(method: string, headers: IncomingHttpHeaders): void {
  if (method === 'GET' || method === 'HEAD') return
  const { origin, host, 'sec-fetch-site': site } = headers
  // Behind a proxy, the host may differ from the one that the browser knows, so the browser's own verdict is
  // preferred.
  const isOwn = site === undefined ? isOriginOf(host, origin) : OWN.has(`${site}`)
  if (!isOwn) throw new Refusal('cross-site', 'pages of other sites may not ask for this')
}

function isOriginOf(host: string | undefined, origin: string | undefined): boolean {
  return origin === undefined || origin.replace(/^https?:\/\//, '') === host
}
