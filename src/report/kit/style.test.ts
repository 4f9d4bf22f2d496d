import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { chromium } from 'playwright-core'
import { legend, note, page } from './page.js'
import { table } from './table-html.js'

const CHROMIUM = process.env.ECLIP_CHROMIUM ?? '/usr/bin/chromium'
const skip = existsSync(CHROMIUM) ? false : `no browser at ${CHROMIUM}`
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

const cells = [
  'name',
  { value: '1', detail: ['reference', '1–2'] },
  { value: '2', detail: ['+3%', '1–2'], tone: 'good' },
  { value: '3', detail: ['−3%', '1–2'], tone: 'bad' },
] as const

const MARKUP = page({
  title: 'Title',
  lead: 'Lead',
  facts: [{ label: 'Label', value: '1', detail: 'detail' }],
  sections: [
    {
      id: 'table',
      title: 'Table',
      body: [
        table({
          caption: 'Caption',
          columns: cells.map((_, i) => ({ title: `column ${i}`, unit: 'ms' })),
          rows: [{ cells }, { cells, emphasis: 'best' }],
        }),
        legend([{ label: 'label', colour: 'red' }]),
        note('A remark'),
      ],
    },
  ],
  footer: 'Footer',
})

const LONG = 'a_name_without_a_space_'.repeat(8)

test('a long name makes no page wider than the screen, and leaves room for the numbers of its row', {
  skip,
  timeout: 120_000,
}, async () => {
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] })
  try {
    for (const width of [1280, 390]) {
      const view = await browser.newPage({ viewport: { width, height: 900 } })
      await view.setContent(MARKUP.replace(/Title|Lead|detail|name|A remark|label/g, LONG))
      assert.equal(await view.evaluate('document.documentElement.scrollWidth'), width)
      const header = await view.locator('th[scope=row]').first().boundingBox()
      assert.ok(header!.width < width / 2, `${header!.width} of ${width} px`)
      await view.close()
    }
  } finally {
    await browser.close()
  }
})

for (const colorScheme of ['light', 'dark'] as const) {
  test(`every text stands out from what is behind it, also in the best row: ${colorScheme}`, {
    skip,
    timeout: 120_000,
  }, async () => {
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] })
    try {
      const view = await browser.newPage({ colorScheme })
      await view.setContent(MARKUP)
      await view.evaluate(AXE)
      const problems = await view.evaluate(
        `axe.run({ runOnly: ['color-contrast'] }).then(({ violations }) =>
          violations.flatMap(({ nodes }) => nodes.map((node) => node.html)))`,
      )
      assert.deepEqual(problems, [])
    } finally {
      await browser.close()
    }
  })
}
