import type { Handler } from './call.js'
import * as dashboard from './dashboard.js'
import * as health from './health.js'
import * as metadata from './metadata.js'
import * as plan from './plan.js'
import * as repository from './repository.js'
import * as sharedMemory from './shared-memory.js'
import { modelStatistics } from './statistics.js'
import * as telemetry from './telemetry.js'

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT'
  /** Segments of the path; `:name` stands for any one segment. */
  readonly path: string
  /** `open` routes need no key. */
  readonly access: 'open' | 'keyed'
  readonly handler: Handler
}

/** Every route except inference, which has a path of its own. */
export const ROUTES: readonly Route[] = [
  open('v2/health/live', health.live),
  open('v2/health/ready', health.ready),
  get('v2', metadata.server),
  get('v2/models/stats', modelStatistics),
  ...ofModel('', metadata.model),
  ...ofModel('/ready', health.modelReady),
  ...ofModel('/config', metadata.config),
  ...ofModel('/stats', modelStatistics),
  post('v2/repository/index', repository.index),
  post('v2/repository/models/:model/load', repository.load),
  post('v2/repository/models/:model/unload', repository.unload),
  get('v2/systemsharedmemory/status', sharedMemory.status),
  get('v2/systemsharedmemory/region/:region/status', sharedMemory.status),
  post('v2/systemsharedmemory/region/:region/register', sharedMemory.register),
  post('v2/systemsharedmemory/region/:region/unregister', sharedMemory.unregister),
  post('v2/systemsharedmemory/unregister', sharedMemory.unregister),
  get('v2/cudasharedmemory/status', sharedMemory.noStatus),
  get('v2/cudasharedmemory/region/:region/status', sharedMemory.noStatus),
  post('v2/cudasharedmemory/region/:region/register', sharedMemory.notOnDevice),
  post('v2/cudasharedmemory/region/:region/unregister', sharedMemory.nothingToUnregister),
  post('v2/cudasharedmemory/unregister', sharedMemory.nothingToUnregister),
  ...['v2/trace/setting', 'v2/models/:model/trace/setting', 'v2/logging'].flatMap((path) => [
    get(path, telemetry.noSettings),
    post(path, telemetry.noSettings),
  ]),
  get('metrics', telemetry.metrics),
  get('plan', plan.present),
  { method: 'PUT', path: 'plan', access: 'keyed', handler: plan.swap },
  open('', dashboard.page),
  open('dashboard.js', dashboard.script),
  open('dashboard.css', dashboard.style),
  get('eclip/state', dashboard.state),
  get('eclip/history', dashboard.history),
  post('eclip/trials', plan.tryAnother),
  post('eclip/trials/:trial/apply', plan.applyTrial),
]

function open(path: string, handler: Handler): Route {
  return { method: 'GET', path, access: 'open', handler }
}

function get(path: string, handler: Handler): Route {
  return { method: 'GET', path, access: 'keyed', handler }
}

function post(path: string, handler: Handler): Route {
  return { method: 'POST', path, access: 'keyed', handler }
}

/** A route of a model, once without a version and once with one. */
function ofModel(rest: string, handler: Handler): Route[] {
  return [
    get(`v2/models/:model${rest}`, handler),
    get(`v2/models/:model/versions/:version${rest}`, handler),
  ]
}
