import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Html } from '../html.js'
import { type Element, elementsOf, named, parseMarkup, textOf } from '../markup.test.fixture.js'
import { axes, tickTexts } from './axes.js'
import { bars } from './bars.js'
import { seriesColour } from './colour.js'
import { heatChart } from './heat.js'
import { hintLayer } from './hints.js'
import { lineChart } from './lines.js'
import { occupancyChart } from './occupancy.js'
import { scatterChart } from './scatter.js'
import { shortened, textWidth } from './text-width.js'

const TEXT = { title: 'a & b', description: '<all of it>' }

const samples: Record<string, () => Html> = {
  bars: () =>
    bars({
      ...TEXT,
      reference: 2,
      bars: [{ label: 'a', text: '1', parts: [{ value: 1, name: '<' }] }],
    }),
  lines: () =>
    lineChart({
      ...TEXT,
      x: { label: 'x' },
      y: { label: 'y', kind: 'log' },
      references: [{ axis: 'y', value: 3, label: 'three' }],
      series: [
        {
          name: 's',
          colour: seriesColour(0),
          points: [
            [1, 1],
            [2, 900],
          ],
          band: [[1, 0.5, 2]],
          dots: 'shown',
        },
      ],
    }),
  scatter: () =>
    scatterChart({
      ...TEXT,
      x: { label: 'x' },
      y: { label: 'y' },
      diagonal: { corridor: 0.1 },
      points: [
        { x: 1, y: 2, colour: seriesColour(1), name: 'p' },
        { x: Number.NaN, y: 2, colour: seriesColour(1), name: 'left out' },
      ],
    }),
  occupancy: () =>
    occupancyChart({
      ...TEXT,
      rowLabels: ['0', '1'],
      rowsName: 'granule',
      series: [{ name: 'w', colour: seriesColour(0) }],
      holdings: [{ start: 0, end: 1, series: 0, rows: [0, 1] }],
      xLabel: 'time, ms',
      from: 0,
      to: 2,
    }),
  heat: () =>
    heatChart({
      ...TEXT,
      rowLabels: ['r'],
      columnLabels: ['c', 'd'],
      values: [[1, Number.NaN]],
      format: String,
    }),
}

for (const [name, draw] of Object.entries(samples)) {
  test(`${name} is well-formed and says what it shows`, () => {
    const root = parseMarkup(draw().markup)
    const figures = elementsOf(root).filter(({ attributes }) => attributes.role === 'img')
    assert.equal(figures.length, 1)
    assert.equal(figures[0].children[0].text, TEXT.title)
    assert.equal(figures[0].children[1].text, TEXT.description)
  })
}

test('empty charts draw their axes', () => {
  const axis = { label: 'n' }
  for (const chart of [
    lineChart({ ...TEXT, x: axis, y: axis, series: [] }),
    scatterChart({
      ...TEXT,
      x: { ...axis, kind: 'log' },
      y: { ...axis, kind: 'log' },
      points: [],
      diagonal: { corridor: 0.1 },
    }),
    bars({ ...TEXT, bars: [] }),
  ]) {
    parseMarkup(chart.markup)
  }
})

test('an axis holds all its values, with some room on a logarithmic one, and zero on a linear one', () => {
  const domain = (kind: 'linear' | 'log', values: readonly number[]): readonly number[] => {
    const [x, y] = [{ label: 'n', kind }, { label: 'n' }]
    return axes({ width: 400, height: 300, x, y, xs: values, ys: [] }).domain.x
  }
  assert.deepEqual(domain('linear', []), [0, 1])
  assert.deepEqual(domain('linear', [0, 0]), [0, 1])
  assert.deepEqual(domain('linear', [2, Number.NaN, 8]), [0, 8])
  assert.deepEqual(domain('linear', [-3, 2]), [-3, 2])
  assert.deepEqual(domain('linear', [-3, -1]), [-3, 0])
  assert.deepEqual(domain('log', []), [1, 10])
  assert.deepEqual(domain('log', [0, -1, 2, 40, Number.POSITIVE_INFINITY]), [2 / 1.25, 50])
})

test('the texts of ticks have as many decimals as tell neighbours apart', () => {
  const cases: [number[], string[]][] = [
    [
      [0, 0.5, 1],
      ['0', '0.5', '1.0'],
    ],
    [
      [100.2, 100.4],
      ['100.2', '100.4'],
    ],
    [
      [-0.02, 0, 0.02],
      ['−0.02', '0', '0.02'],
    ],
    [
      [0, 20, 40],
      ['0', '20', '40'],
    ],
    [
      [1, 2, 5, 10],
      ['1', '2', '5', '10'],
    ],
    [[0.25], ['0.25']],
  ]
  for (const [ticks, texts] of cases) assert.deepEqual(tickTexts(ticks), texts)
})

test('a reference is a line at its value, and its label stands beside the line and not on it', () => {
  const chart = lineChart({
    ...TEXT,
    x: { label: 'x', domain: [0, 10] },
    y: { label: 'y', domain: [0, 4] },
    references: [
      { axis: 'x', value: 5, label: 'across' },
      { axis: 'y', value: 1, label: 'up' },
    ],
    series: [],
  })
  const root = parseMarkup(chart.markup)
  const [vertical, horizontal] = named(root, 'line')
    .filter(({ attributes }) => attributes.class === 'reference')
    .map(({ attributes: { x1, x2, y1, y2 } }) => [x1, x2, y1, y2].map(Number))
  const [axis] = named(root, 'line').filter(({ attributes }) => attributes.class === 'axis')
  const [left, right, bottom] = ['x1', 'x2', 'y1'].map((name) => Number(axis.attributes[name]))
  const [middle, , top] = vertical
  assert.deepEqual(vertical, [(left + right) / 2, (left + right) / 2, top, bottom])
  const quarter = bottom - (bottom - top) / 4
  assert.deepEqual(horizontal, [left, right, quarter, quarter])
  const label = (text: string): Element =>
    named(root, 'text').find((element) => element.text === text)!
  const [across, up] = [label('across'), label('up')].map(({ attributes }) => attributes)
  assert.ok(Number(across.x) > middle && Number(across.x) < middle + 10)
  assert.ok(Number(across.y) > top && Number(across.y) < bottom)
  assert.deepEqual([Number(up.x), up['text-anchor']], [right, 'end'])
  assert.ok(Number(up.y) < quarter && Number(up.y) > quarter - 10)
})

test('the ticks of a horizontal axis have room for their texts', () => {
  for (const end of [80, 0.004, 3e6, 123456789]) {
    const points = [0, end].map((x) => [x, 1] as const)
    const series = [{ name: 'w', points, colour: seriesColour(0) }]
    const axis = { label: 'n' }
    const root = parseMarkup(lineChart({ ...TEXT, x: axis, y: axis, series }).markup)
    const texts = named(root, 'text').filter((t) => t.attributes['text-anchor'] === 'middle')
    assert.ok(texts.length >= 3, `${end}: ${texts.length} ticks`)
    const ends = texts.map(({ attributes, text }) => [
      Number(attributes.x) - textWidth(text) / 2,
      Number(attributes.x) + textWidth(text) / 2,
    ])
    ends.slice(1).forEach(([left], i) => {
      assert.ok(left > ends[i][1], `${end}: ${texts[i].text} runs into ${texts[i + 1].text}`)
    })
  }
})

test('a long text keeps its ends', () => {
  assert.equal(shortened('resnet152/8', 11), 'resnet152/8')
  assert.equal(shortened('resnet152/8', 10), 'resne…52/8')
  assert.equal(shortened('resnet152/8', 9), 'resn…52/8')
})

test('bars are as long as their values and stack without gaps', () => {
  const root = parseMarkup(
    bars({
      ...TEXT,
      bars: [
        { label: 'short', text: '1', parts: [{ value: 1, colour: 'c' }] },
        {
          label: 'stacked',
          text: '4',
          parts: [
            { value: 1, colour: 'c' },
            { value: 3, colour: 'c' },
          ],
        },
        { label: 'none', text: 'n/a', parts: [{ value: Number.NaN, colour: 'c' }] },
      ],
    }).markup,
  )
  const drawn = named(root, 'rect').filter(({ attributes }) => attributes.class !== 'track')
  assert.deepEqual(
    drawn.map(({ attributes: { x, width } }) => [x, width]),
    [
      ['0.00%', '25.00%'],
      ['0.00%', '25.00%'],
      ['25.00%', '75.00%'],
      ['0.00%', '0.00%'],
    ],
  )
})

/** The area of the boxes `M x y h w v h h -w z` of a path. */
function pathArea(path: string): number {
  const boxes = [...path.matchAll(/M\d+ \d+h(\d+)v(\d+)h-\d+z/g)]
  return boxes.reduce((total, [, width, height]) => total + Number(width) * Number(height), 0)
}

test('holders share a row: with one holder it is full, with two it is halved', () => {
  const chart = occupancyChart({
    ...TEXT,
    rowLabels: ['0'],
    rowsName: 'granule',
    series: [0, 1].map((i) => ({ name: `w${i}`, colour: seriesColour(i) })),
    holdings: [
      { start: 0, end: 2, series: 0, rows: [0] },
      { start: 1, end: 3, series: 1, rows: [0] },
    ],
    xLabel: 'ms',
    from: 0,
    to: 4,
  })
  const root = parseMarkup(chart.markup)
  const times = named(root, 'text').filter(
    ({ attributes }) => attributes['text-anchor'] === 'middle' && attributes.x !== undefined,
  )
  assert.deepEqual([times[0].text, times[times.length - 1].text], ['0', '4.0'])
  const [track] = named(root, 'rect').filter(({ attributes }) => attributes.class === 'track')
  const [trackTop, trackHeight] = [track.attributes.y, track.attributes.height].map(Number)
  const label = named(root, 'text').find(
    ({ text, attributes }) => text === '0' && attributes['text-anchor'] === 'end',
  )!
  const labelled = (Number(label.attributes.y) - trackTop) / trackHeight
  assert.ok(labelled > 0.5 && labelled < 1.2, 'the label stands beside its row')
  const [first, second] = named(root, 'path').map(({ attributes }) => pathArea(attributes.d))
  const full = 860 * 12
  assert.ok(Math.abs(first / full - 0.375) < 0.003, `${first / full}`)
  assert.ok(Math.abs(second / full - 0.375) < 0.003, `${second / full}`)
  assert.match(textOf(root), /granule 0: held by w0 50% of this time/)
})

test('what is held to the end of a timeline is drawn to its end', () => {
  const chart = occupancyChart({
    ...TEXT,
    rowLabels: ['0'],
    rowsName: 'granule',
    series: [{ name: 'w', colour: 'c' }],
    holdings: [{ start: 1, end: 9, series: 0, rows: [0] }],
    xLabel: 'ms',
    from: 0,
    to: 4,
  })
  const [path] = named(parseMarkup(chart.markup), 'path').map(({ attributes }) => attributes.d)
  assert.ok(Math.abs(pathArea(path) / (860 * 12) - 0.75) < 0.003, path)
})

test('a logarithmic axis has ticks at powers of ten inside its range', () => {
  const chart = scatterChart({
    ...TEXT,
    x: { label: 'x', kind: 'log' },
    y: { label: 'y', kind: 'log' },
    points: [1, 2000].map((x) => ({ x, y: x, colour: 'c', name: 'p' })),
  })
  const texts = named(parseMarkup(chart.markup), 'text').map(({ text }) => text)
  for (const tick of ['1', '10', '100', '1\u{202F}000']) assert.ok(texts.includes(tick), tick)
  assert.ok(!texts.includes('10\u{202F}000'))
})

test('cells of a grid are as strong as their values, side by side under their labels, and stay inside', () => {
  const chart = heatChart({
    ...TEXT,
    rowLabels: ['a', 'b'],
    columnLabels: ['x', 'y'],
    values: [
      [0, 5],
      [10, Number.NaN],
    ],
    format: String,
  })
  const root = parseMarkup(`${chart}`)
  const [svg] = named(root, 'svg')
  const [, , width, height] = svg.attributes.viewBox.split(' ').map(Number)
  const cells = named(svg, 'rect').map(({ attributes: { x, y, width, height, style } }) => ({
    ...{ x: Number(x), y: Number(y), width: Number(width), height: Number(height) },
    strength: Number(/(\d+)%/.exec(style)?.[1]),
  }))
  // The weakest is still seen, and the middle one is halfway.
  assert.deepEqual(
    cells.map(({ strength }) => strength),
    [6, 47, 88],
  )
  const [first, right, below] = cells
  assert.deepEqual([right.y, below.x], [first.y, first.x])
  assert.ok(right.x >= first.x + first.width && below.y >= first.y + first.height)
  for (const cell of cells) {
    assert.ok(cell.width > 100 && cell.x >= 0 && cell.x + cell.width <= width)
    assert.ok(cell.y >= 0 && cell.y + cell.height <= height)
  }
  const label = named(svg, 'text').find((text) => textOf(text) === 'y')!
  const middle = right.x + right.width / 2
  assert.ok(
    Math.abs(Number(label.attributes.x) - middle) < 3 && Number(label.attributes.y) < right.y,
  )
  const rows = named(svg, 'text').filter((text) => ['b', '10'].includes(textOf(text)))
  assert.equal(rows.length, 2)
  for (const { attributes } of rows)
    assert.ok(Number(attributes.y) > below.y && Number(attributes.y) < below.y + below.height)
})

test('rows of bars have room below each other, and a bar that has no value has no length', () => {
  const part = (value: number) => ({ label: 'a', text: '', parts: [{ value }] })
  const [svg] = named(
    parseMarkup(`${bars({ ...TEXT, bars: [part(1), part(Number.NaN), part(4)] })}`),
    'svg',
  )
  const rows = svg.children.filter(({ name }) => name === 'svg')
  const tops = rows.map(({ attributes }) => Number(attributes.y))
  const pitch = Number(rows[0].attributes.height)
  assert.deepEqual(tops, [0, pitch, 2 * pitch])
  assert.equal(Number(svg.attributes.height), 3 * pitch)
  const lengths = rows.map((row) => named(row, 'rect')[1].attributes.width)
  assert.deepEqual(lengths, ['25.00%', '0.00%', '100.00%'])
})

test('a line is interrupted where a value is missing', () => {
  const chart = lineChart({
    ...TEXT,
    x: { label: 'x' },
    y: { label: 'y' },
    series: [
      {
        name: 's',
        colour: 'c',
        points: [1, 2, Number.NaN, 3, 4].map((y, x) => [x, y] as const),
        dots: 'shown',
      },
    ],
  })
  const root = parseMarkup(chart.markup)
  const [path] = named(root, 'path').map(({ attributes }) => attributes.d)
  assert.equal(path.match(/M/g)?.length, 2, path)
  assert.doesNotMatch(chart.markup, /NaN/)
  assert.equal(named(root, 'circle').length, 4)
})

test('an area reaches from its line down to the axis, and a band from its low to its high values', () => {
  const chart = lineChart({
    ...TEXT,
    x: { label: 'x', domain: [0, 10] },
    y: { label: 'y', domain: [0, 4] },
    series: [
      {
        ...{
          name: 's',
          colour: 'c',
          fill: 'below',
          band: [
            [0, 1, 2],
            [10, 1, 3],
          ],
        },
        points: [
          [0, 2],
          [10, 4],
        ],
      },
    ],
  })
  const root = parseMarkup(chart.markup)
  const [axis] = named(root, 'line').filter(({ attributes }) => attributes.class === 'axis')
  const [left, right, bottom] = ['x1', 'x2', 'y1'].map((name) => Number(axis.attributes[name]))
  const grid = named(root, 'line').filter(({ attributes }) => attributes.class === 'grid')
  const top = Math.min(...grid.map(({ attributes }) => Number(attributes.y1)))
  const [band, below] = named(root, 'path').map(({ attributes: { d } }) =>
    d
      .slice(1, -1)
      .split('L')
      .map((corner) => corner.split(',').map(Number)),
  )
  const height = (value: number): number => bottom + ((top - bottom) * value) / 4
  const near = (found: number[][], expected: number[][]): void => {
    assert.equal(found.length, expected.length)
    for (const [i, [x, y]] of expected.entries())
      assert.ok(Math.abs(found[i][0] - x) < 0.1 && Math.abs(found[i][1] - y) < 0.1, `${found[i]}`)
  }
  near(below, [
    [left, height(2)],
    [right, top],
    [right, bottom],
    [left, bottom],
  ])
  near(band, [
    [left, height(2)],
    [right, height(3)],
    [right, height(1)],
    [left, height(1)],
  ])
})

test('dots lie where their axes say, each in the middle of the box of its words', () => {
  const axes = { x: { label: 'across' }, y: { label: 'up' } }
  const points = [
    [1, 10],
    [3, 20],
    [4, 50],
  ] as const
  const dotted = points.map(([x, y]) => ({ x, y, colour: 'c', name: 'p' }))
  for (const chart of [
    scatterChart({ ...TEXT, ...axes, points: dotted }),
    lineChart({ ...TEXT, ...axes, series: [{ name: 's', colour: 'c', points, dots: 'shown' }] }),
  ]) {
    const root = parseMarkup(chart.markup)
    const dots = named(root, 'circle').map(({ attributes: { cx, cy } }) => [cx, cy].map(Number))
    const [[left, low], [middle, between], [right, high]] = dots
    assert.ok(Math.abs((middle - left) / (right - left) - 2 / 3) < 0.001)
    assert.ok(Math.abs((between - low) / (high - low) - 1 / 4) < 0.001)
    assert.ok(left < right && high < low)
    named(root, 'rect').forEach(({ attributes: { x, y, width, height } }, i) => {
      assert.ok(Math.abs(Number(x) + Number(width) / 2 - dots[i][0]) < 0.1)
      assert.ok(Math.abs(Number(y) + Number(height) / 2 - dots[i][1]) < 0.1)
    })
    const heightOf = (label: string): number =>
      Number(named(root, 'text').find(({ text }) => text === label)?.attributes.y)
    assert.ok(heightOf('up') < high && heightOf('across') > low)
  }
})

test('the corridor beside a diagonal is as wide as its relative error', () => {
  const corners = [
    [1, 1],
    [1, 1.1],
    [10 / 1.1, 10],
    [10, 10],
    [10, 9],
    [1 / 0.9, 1],
  ]
  const axis = { label: 'n', kind: 'log', domain: [1, 10] } as const
  const points = corners.map(([x, y]) => ({ x, y, colour: 'c', name: 'p' }))
  const diagonal = { corridor: 0.1 }
  const root = parseMarkup(scatterChart({ ...TEXT, x: axis, y: axis, points, diagonal }).markup)
  const dots = named(root, 'circle').map(({ attributes: { cx, cy } }) => `${cx},${cy}`)
  const [corridor] = named(root, 'polygon').map(({ attributes }) => attributes.points.trim())
  assert.deepEqual(corridor.split(' '), dots)
})

test('the words of marks can be reached with the tab key, and skipped if there are many', () => {
  const scatter = (count: number) =>
    parseMarkup(
      scatterChart({
        ...TEXT,
        x: { label: 'x' },
        y: { label: 'y' },
        points: Array.from({ length: count }, (_, i) => ({
          x: i,
          y: i,
          colour: 'c',
          name: `p${i}`,
        })),
      }).markup,
    )
  const items = elementsOf(scatter(3)).filter(({ attributes }) => attributes.role === 'listitem')
  assert.deepEqual(
    items.map((item) => [item.attributes.tabindex, textOf(item)]),
    [0, 1, 2].map((i) => ['0', `p${i}`]),
  )
  assert.equal(named(scatter(3), 'a').length, 0)
  const many = scatter(100)
  const [skip] = named(many, 'a')
  assert.equal(skip.text, 'Skip 100 values')
  const target = skip.attributes.href.slice(1)
  const order = elementsOf(many).map(({ attributes }) => attributes.id)
  assert.equal(order.lastIndexOf(target), order.length - 1, 'the link leads past the chart')
})

test('the words of a mark stand above its middle, or below where there is no room', () => {
  const size = { width: 400, height: 300 }
  const linesOf = (left: number, top: number, words: number): number[][] => {
    const text = 'word '.repeat(words).trim()
    const hint = { text, left, top, width: 20, height: 10 }
    const lines = named(parseMarkup(hintLayer('t', size, [hint]).markup), 'tspan')
    return lines.map(({ attributes: { x, y } }) => [Number(x), Number(y)])
  }
  const isNext = (distance: number): boolean => distance > 0 && distance < 20
  for (const words of [1, 20, 40]) {
    const above = linesOf(190, 150, words)
    const below = linesOf(190, 12, words)
    for (const lines of [above, below]) {
      assert.ok(lines.every(([x]) => x === 200))
      lines.slice(1).forEach(([, y], i) => {
        assert.equal(y - lines[i][1], 15)
      })
    }
    assert.ok(isNext(150 - above[above.length - 1][1]))
    assert.ok(isNext(below[0][1] - 22))
  }
  assert.deepEqual(
    [1, 20, 40].map((words) => linesOf(190, 150, words).length),
    [1, 2, 4],
  )
  const [[fromLeft], [fromRight]] = [linesOf(0, 150, 1)[0], linesOf(380, 150, 1)[0]]
  assert.deepEqual([fromLeft, fromRight], [textWidth('word') / 2, 400 - textWidth('word') / 2])
})

test('the words of a mark stay inside the chart, in as many lines as they need', () => {
  const chart = scatterChart({
    ...TEXT,
    x: { label: 'x' },
    y: { label: 'y' },
    points: [{ x: 1, y: 1, colour: 'c', name: 'word '.repeat(40).trim() }],
  })
  const lines = named(parseMarkup(chart.markup), 'tspan')
  assert.ok(lines.length > 2)
  for (const { text, attributes } of lines) {
    const half = (text.length * 6.8) / 2
    assert.ok(Number(attributes.x) - half >= -1 && Number(attributes.x) + half <= 361)
    assert.ok(Number(attributes.y) > 0 && Number(attributes.y) <= 340)
  }
})

test('a limit is a line across all bars, at its value', () => {
  const chart = bars({
    ...TEXT,
    limit: 3,
    bars: [{ label: 'a', text: '4', parts: [{ value: 4 }] }],
  })
  const [line] = named(parseMarkup(chart.markup), 'line')
  assert.deepEqual([line.attributes.x1, line.attributes.class], ['75.00%', 'reference'])
})
