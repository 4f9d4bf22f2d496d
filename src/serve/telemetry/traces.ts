import { randomBytes } from 'node:crypto'
import type { InferTimes } from '../backend/backend.js'

/** An inference request from end to end. Times in µs of the monotonic clock. */
export interface TracedRequest {
  /** The `traceparent` header, by which a client places the request in a trace of its own. */
  readonly traceparent: string | undefined
  readonly model: string
  readonly startUs: number
  readonly endUs: number
  /** Where the time went; present if the request was answered. */
  readonly times?: InferTimes
  /** Why the request was not answered; present if it was not. */
  readonly reason?: string
}

export interface TracerOptions {
  /** The address of the collector, which takes OTLP with JSON: `/v1/traces` is added. */
  readonly url: string
  /** The share of requests to trace, 0 to 1, if the client does not say whether to trace its request. */
  readonly share: number
  readonly serviceName: string
  /** Told how many spans could not be sent, and why. */
  lost(spans: number, reason: string): void
}

const FLUSH_MS = 2000
const MOST_WAITING = 4096
const SERVER_KIND = 2
const INTERNAL_KIND = 1
const ERROR_STATUS = 2

/** W3C Trace Context: version, trace, parent and flags. The version may not be ff, nor an identifier all zeros. */
const TRACEPARENT =
  /^(?!ff)[\da-f]{2}-(?!0{32})([\da-f]{32})-(?!0{16})([\da-f]{16})-([\da-f]{2})(?![^-])/

type Span = Readonly<Record<string, unknown>>

/** Sends traces of requests to an OpenTelemetry collector and never delays a request. */
export class Tracer {
  readonly #options: TracerOptions
  readonly #timer: NodeJS.Timeout
  /** Turns monotonic time into ns since 1970 when it is added. */
  readonly #epochNs = BigInt(Math.round((Date.now() - performance.now()) * 1e6))
  #spans: Span[] = []

  constructor(options: TracerOptions) {
    this.#options = options
    this.#timer = setInterval(() => void this.flush(), FLUSH_MS).unref()
  }

  record(request: TracedRequest): void {
    const [, trace, parent, flags] = TRACEPARENT.exec(request.traceparent ?? '') ?? []
    const isTraced =
      flags === undefined ? Math.random() < this.#options.share : (parseInt(flags, 16) & 1) === 1
    if (!isTraced) return
    if (this.#spans.length >= MOST_WAITING) {
      this.#options.lost(1, 'too many wait')
      return
    }
    const traceId = trace ?? randomBytes(16).toString('hex')
    const spanId = randomBytes(8).toString('hex')
    const { model, startUs, endUs, reason } = request
    this.#add(startUs, endUs, {
      traceId,
      spanId,
      ...(parent && { parentSpanId: parent }),
      name: 'infer',
      kind: SERVER_KIND,
      attributes: attributesOf({ 'eclip.model': model, ...(reason && { 'eclip.reason': reason }) }),
      ...(reason && { status: { code: ERROR_STATUS, message: reason } }),
    })
    this.#addParts(request, traceId, spanId)
  }

  /** Adds the parts of a request one after another, so that the last one ends when the request did. */
  #addParts({ times, endUs }: TracedRequest, traceId: string, parentSpanId: string): void {
    if (times === undefined) return
    const parts = [
      ['output', times.outputUs],
      ['compute', times.computeUs],
      ['input', times.inputUs],
      ['queue', times.queueUs],
    ] as const
    let end = endUs
    for (const [name, durationUs] of parts) {
      const spanId = randomBytes(8).toString('hex')
      const start = end - durationUs
      this.#add(start, end, { traceId, spanId, parentSpanId, name, kind: INTERNAL_KIND })
      end = start
    }
  }

  #add(startUs: number, endUs: number, span: Span): void {
    const startTimeUnixNano = this.#unixNano(startUs)
    this.#spans.push({ ...span, startTimeUnixNano, endTimeUnixNano: this.#unixNano(endUs) })
  }

  #unixNano(timeUs: number): string {
    return `${this.#epochNs + BigInt(Math.round(timeUs * 1000))}`
  }

  /** Sends the spans that are waiting. */
  async flush(): Promise<void> {
    const spans = this.#spans
    if (spans.length === 0) return
    this.#spans = []
    const { url, serviceName } = this.#options
    const resource = { attributes: attributesOf({ 'service.name': serviceName }) }
    const scopeSpans = [{ scope: { name: 'eclip' }, spans }]
    try {
      const response = await fetch(new URL('/v1/traces', url), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ resourceSpans: [{ resource, scopeSpans }] }),
        signal: AbortSignal.timeout(FLUSH_MS),
      })
      await response.arrayBuffer()
      if (!response.ok) this.#options.lost(spans.length, `HTTP ${response.status}`)
    } catch (error) {
      this.#options.lost(spans.length, (error as Error).message)
    }
  }

  /** Sends the spans that are left, and closes the tracer. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.flush()
  }
}

function attributesOf(values: Readonly<Record<string, string>>): Span[] {
  return Object.entries(values).map(([key, value]) => ({ key, value: { stringValue: value } }))
}
