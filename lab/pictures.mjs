/**
 * Renders docs/pictures from the output of commands: the report of the demo, and the plan of `windows` in it.
 *
 *   npm run build && node lab/pictures.mjs       needs Chromium; CHROMIUM names its program
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../', import.meta.url))
const CHROMIUM = process.env.CHROMIUM ?? 'chromium'
const MIX = 'resnet152+densenet201+vgg19+albert@8'
const OPTIONS =
  '--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --hide-scrollbars --disable-background-networking --disable-component-update --disable-sync'
const folder = mkdtempSync(join(tmpdir(), 'pictures-'))
// Runs however this ends: Chromium may be missing, or take too long.
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

/** Saves the page with this name as docs/pictures/NAME.png. */
function shoot(name, width, height) {
  const picture = join(ROOT, 'docs/pictures', `${name}.png`)
  const own = [`--user-data-dir=${join(folder, 'chromium')}`, `--window-size=${width},${height}`]
  const address = `file://${join(folder, `${name}.html`)}`
  execFileSync(CHROMIUM, [...OPTIONS.split(' '), ...own, `--screenshot=${picture}`, address], {
    stdio: 'ignore',
    timeout: 60_000,
  })
}

/** Writes a command's report as NAME.html, and returns its text. */
function report(name, ...words) {
  const file = join(folder, `${name}.html`)
  const cli = [join(ROOT, 'dist/cli/main.js'), ...words, '--report', file]
  execFileSync(process.execPath, cli, { stdio: 'ignore' })
  return readFileSync(file, 'utf8')
}

report('report', 'demo')
shoot('report', 1280, 1310)

const page = report('plan', 'compare', MIX, '--policy', 'baseline,windows')
const [section] = /<section id="plans"[\s\S]*?<\/section>/.exec(page)
const head = page.slice(0, page.indexOf('<body'))
writeFileSync(join(folder, 'plan.html'), `${head}<body><main>${section}</main></body></html>`)
shoot('plan', 1280, 620)
