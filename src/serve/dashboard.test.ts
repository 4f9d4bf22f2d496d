import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { after, before, test } from 'node:test'
import { type Browser, chromium, type Page } from 'playwright-core'
import { httpClient } from '../load/client/http.js'
import { LONGEST_TIMER_MS } from '../now.js'
import { significant } from '../report/kit/format.js'
import { WatchedBackend } from './backend/watched-backend.test.fixture.js'
import { startEchoes } from './echo.test.fixture.js'
import type { RunningServer, ServerOptions } from './server.js'

/** The dashboard in a real browser, from end to end: server, metrics, page. */

const CHROMIUM = process.env.ECLIP_CHROMIUM ?? '/usr/bin/chromium'
const skip = existsSync(CHROMIUM) ? false : `no browser at ${CHROMIUM}`
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const PATIENCE_MS = 60_000

let browser: Browser

before(async () => {
  if (skip === false) {
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] })
  }
})
after(() => browser?.close())

function start(
  backend: WatchedBackend,
  options: Partial<ServerOptions> = {},
): Promise<RunningServer> {
  return startEchoes({
    backend,
    // The test makes the observer look, so that the page and the metrics show the same numbers.
    observeEveryMs: LONGEST_TIMER_MS,
    ...options,
  })
}

interface Visit {
  readonly page: Page
  /** The complaints of the browser, and every request that it sent to anything but the server. */
  readonly complaints: string[]
}

async function visit(
  { httpUrl }: RunningServer,
  look: { readonly colorScheme: 'light' | 'dark'; readonly width: number } = {
    colorScheme: 'light',
    width: 1280,
  },
): Promise<Visit> {
  const { colorScheme, width } = look
  const page = await browser.newPage({ colorScheme, viewport: { width, height: 900 } })
  page.setDefaultTimeout(PATIENCE_MS)
  const complaints: string[] = []
  page.on('pageerror', ({ message }) => complaints.push(message))
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  page.on('request', (request) => {
    const url = request.url()
    if (!url.startsWith(httpUrl) && !url.startsWith('data:')) complaints.push(`asked ${url}`)
  })
  await page.goto(httpUrl)
  return { page, complaints }
}

/** Requests of every ending, and some energy. */
async function serveSome(
  backend: WatchedBackend,
  { httpUrl, observer, service }: RunningServer,
): Promise<void> {
  const options = { connections: 4, timeoutMs: PATIENCE_MS, headers: {}, encoding: 'raw' } as const
  const client = httpClient(new URL(httpUrl), options)
  const startMs = Date.now()
  observer.tick(startMs)
  const call = (model: string, name: string) =>
    client.prepare({
      model,
      inputs: [{ name, datatype: 'FP32', shape: [2, 3], data: new Uint8Array(24) }],
    })(() => {})
  await Promise.all([
    ...Array.from({ length: 12 }, () => call('resnet152', 'IN_FP32')),
    ...Array.from({ length: 7 }, () => call('vgg19', 'IN_FP32')),
    ...Array.from({ length: 3 }, () => call('vgg19', 'nonsense')),
  ])
  client.close()
  // Enough different latencies that no two percentiles are equal.
  const times = { queueUs: 0, inputUs: 0, computeUs: 0, outputUs: 0 }
  for (let ms = 1; ms <= 200; ms++) {
    service.accounting.open('albert').answered()
    service.statisticsOf('albert').answered(startMs, 1, ms * 1000, times)
  }
  backend.deviceEnergyJ = 1234
  backend.energyJ.set('resnet152', 345.6)
  observer.tick(startMs + 4000)
}

/** The values of an exposition by `name{labels}`. */
function metricsOf(text: string): Map<string, number> {
  const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(
    samples.map((line) => [
      line.slice(0, line.lastIndexOf(' ')),
      Number(line.slice(line.lastIndexOf(' ') + 1)),
    ]),
  )
}

test('the values on the page equal those of /metrics', { skip, timeout: 120_000 }, async () => {
  const backend = new WatchedBackend()
  const server = await start(backend)
  const { observer } = server
  try {
    await serveSome(backend, server)
    const { page, complaints } = await visit(server)
    await page.waitForSelector('[data-model=resnet152]')
    const metrics = metricsOf(await (await fetch(`${server.httpUrl}/metrics`)).text())
    const shown = (selector: string): Promise<string> => page.locator(selector).innerText()
    const gauges = {
      receivedPerS: 'received_per_second',
      answeredPerS: 'answered_per_second',
      p50: 'latency_p50_seconds',
      p95: 'latency_p95_seconds',
      p99: 'latency_p99_seconds',
      meanBatch: 'batch_samples',
      powerW: 'model_power_watts',
      joulesPerRequest: 'joules_per_request',
    }
    let compared = 0
    for (const model of ['resnet152', 'vgg19', 'albert']) {
      for (const [field, gauge] of Object.entries(gauges)) {
        const metric = metrics.get(`eclip_${gauge}{model="${model}"}`)
        // The page shows milliseconds.
        const value = metric && metric * (gauge.endsWith('_seconds') ? 1000 : 1)
        const text = await shown(`[data-model=${model}] [data-field=${field}]`)
        assert.equal(text, value === undefined ? '–' : significant(value), `${model} ${field}`)
        if (value !== undefined) compared++
      }
      const waiting = metrics.get(
        `nv_inference_pending_request_count{model="${model}",version="1"}`,
      )
      assert.equal(Number(await shown(`[data-model=${model}] [data-field=waiting]`)), waiting)
      const ended = (outcome: string): number => {
        const prefix = `eclip_requests_total{model="${model}",outcome="${outcome}"`
        const of = [...metrics].filter(([key]) => key.startsWith(prefix))
        return of.reduce((total, [, value]) => total + value, 0)
      }
      for (const outcome of ['received', 'answered', 'refused', 'dropped', 'failed']) {
        const text = await shown(`[data-totals=${model}] [data-field=${outcome}]`)
        assert.equal(Number(text), ended(outcome), `${model} ${outcome}`)
      }
    }
    assert.ok(compared >= 14, `${compared}`)
    assert.equal(await shown('[data-totals=vgg19] [data-field=refused]'), '3')
    const attainment = metrics.get('eclip_attainment{model="resnet152"}')
    assert.equal(attainment, 1)
    assert.match(
      await shown('[data-model=resnet152] [data-field=attainment]'),
      /^100%\s+kept: 99% ≤/,
    )
    assert.match(await shown('[data-model=vgg19] [data-field=attainment]'), /^0%\s+missed: 90% ≤/)
    assert.equal(
      await shown('[data-fact=Power]'),
      `${significant(metrics.get('eclip_power_watts')!)} W`,
    )
    assert.equal(await shown('[data-fact="Targets kept"]'), '1 of 2')
    assert.match(
      await shown('[data-holding="vgg19 0"]'),
      /68 CUs, wherever free running a batch of 4/,
    )
    assert.match(await shown('[data-holding="resnet152 1"]'), /88 CUs, wherever free idle/)
    assert.match(await shown('#plan'), /vgg19 waits at most 2 ms for a <b>batch<\/b> of up to 8/)
    assert.match(
      await shown('[data-gain="Predicted gain"]'),
      /\+58%\s+1\.42 instead of 0\.900 times the demand, all targets kept; simulated$/,
    )
    assert.match(
      await shown('[data-gain="Benchmarked gain"]'),
      /\+56%\s+1\.37 instead of 0\.880 times .*; 0\.312 instead of 0\.401 J a request; on NVIDIA <b>H200<\/b>, 2026-11-20$/,
    )
    backend.gains = { predicted: { goodput: 1.4, plainStreamsGoodput: 0 } }
    observer.tick(Date.now() + 8000)
    await page.locator('[data-gain="Benchmarked gain"]', { hasText: '–not known' }).waitFor()
    assert.match(await shown('[data-gain="Predicted gain"]'), /–\s+1\.40 instead of 0 times/)
    assert.deepEqual(complaints, [])
    await page.close()
  } finally {
    await server.stop(1000)
  }
})

test('another plan is simulated, then applied, using only the keyboard', {
  skip,
  timeout: 120_000,
}, async () => {
  const backend = new WatchedBackend()
  const server = await start(backend)
  try {
    const { page, complaints } = await visit(server)
    await page.getByLabel('Instances run as').focus()
    await page.keyboard.press('ArrowDown')
    const vgg19 = page.getByRole('group', { name: 'vgg19' })
    await vgg19.getByLabel('Instances').focus()
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('Tab')
    await page.keyboard.type('88')
    await page.keyboard.press('Enter')
    await page.waitForSelector('[data-trial=vgg19]')
    assert.deepEqual(backend.tried, [
      {
        mechanism: 'streams',
        models: [
          { name: 'resnet152', instances: 2, cus: 88, largestBatch: 8, maxDelayMs: 0 },
          { name: 'vgg19', instances: 2, cus: 88, largestBatch: 4, maxDelayMs: 2 },
        ],
      },
    ])
    assert.match(
      await page.locator('[data-trial=vgg19]').innerText(),
      /97%\s+99\.9%\s+18\.0\s+11\.5/,
    )
    const apply = page.getByRole('button', { name: 'Apply this plan' })
    await apply.focus()
    await page.keyboard.press('Enter')
    await page.getByText('The plan is in force.').waitFor()
    assert.deepEqual(backend.applied, ['trial 1/2'])
    await page.getByRole('button', { name: 'Simulate' }).press('Enter')
    await apply.press('Enter')
    await page.getByText('That failed: that plan was applied already').waitFor()
    assert.deepEqual(
      complaints.filter((text) => !text.includes('404')),
      [],
    )
    await page.close()
  } finally {
    await server.stop(1000)
  }
})

for (const colorScheme of ['light', 'dark'] as const) {
  for (const width of [1280, 390]) {
    test(`the page is legible, ${colorScheme} at ${width} px`, {
      skip,
      timeout: 120_000,
    }, async () => {
      const backend = new WatchedBackend()
      const server = await start(backend)
      try {
        await serveSome(backend, server)
        const { page, complaints } = await visit(server, { colorScheme, width })
        await page.waitForSelector('[data-model=resnet152]')
        await page.getByRole('button', { name: 'Simulate' }).click()
        await page.waitForSelector('[data-trial=vgg19]')
        const overflow = () => page.evaluate('document.documentElement.scrollWidth - innerWidth')
        assert.equal(await overflow(), 0)
        const violations = await page.evaluate<string[]>(
          `${AXE};axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ' ' + nodes[0].html))`,
        )
        assert.deepEqual(violations, [])
        assert.deepEqual(complaints, [])
        await page.evaluate(
          `const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
          while (texts.nextNode()) {
            const { currentNode } = texts
            currentNode.data = currentNode.data.replaceAll('resnet152', 'a_long_name_'.repeat(20))
          }`,
        )
        assert.equal(await overflow(), 0, 'long names are broken')
        await page.close()
      } finally {
        await server.stop(1000)
      }
    })
  }
}

test('a server with keys asks for one on its page', { skip, timeout: 120_000 }, async () => {
  const keys = { format: 'eclip.api-keys/1', tenants: { me: '0123456789abcdef' } } as const
  const server = await start(new WatchedBackend(), { keys })
  try {
    const { page } = await visit(server)
    await page.getByLabel('API key').fill('0123456789abcdef')
    await page.getByRole('button', { name: 'Show the dashboard' }).click()
    await page.waitForSelector('[data-model=albert]')
    await page.close()
  } finally {
    await server.stop(1000)
  }
})

test('a pause freezes what is shown, and a server that is gone is reported', {
  skip,
  timeout: 120_000,
}, async (t) => {
  const backend = new WatchedBackend()
  const server = await start(backend)
  t.after(() => server.stop(0))
  const { page } = await visit(server)
  const received = page.locator('[data-totals=vgg19] [data-field=received]')
  await received.waitFor()
  await page.getByRole('button', { name: 'Pause' }).click()
  await page.getByText('Paused.').waitFor()
  server.service.accounting.open('vgg19').answered()
  server.observer.tick(Date.now() + 5000)
  assert.equal(await received.innerText(), '0')
  await page.getByRole('button', { name: 'Go on' }).click()
  await page.locator('[data-totals=vgg19] [data-field=received]', { hasText: /^1$/ }).waitFor()
  await server.stop(1000)
  await page.getByText(/^No answer from the server/).waitFor()
  assert.equal(await received.innerText(), '1')
  await page.close()
})

test('a server that accepts requests but answers none is reported as gone, too', {
  skip,
  timeout: 120_000,
}, async () => {
  const server = await start(new WatchedBackend())
  try {
    const { page } = await visit(server)
    await page.getByText('Live.').waitFor()
    await page.route('**/eclip/state', () => {})
    await page.getByText(/^No answer from the server/).waitFor()
    await page.close()
  } finally {
    await server.stop(1000)
  }
})
