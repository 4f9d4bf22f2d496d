// Whether the plan that `eclip plan` chooses by simulation alone is the best of the
// plans that one would try on a GPU:
//
//     node lab/gallery/best-of-twenty.mjs OUT --device h200 [--gpus 0,1] [--mixes 1,2] [--rivals mps-50,mps-40] [--check]
//
// For each mix, the chosen plan runs beside plain streams and 18 other plans: windows of one size for all workers,
// from an equal share to the whole device, with every rule of priorities. --check makes the plans but runs none; a
// later call with the same OUT takes the chosen plans from there. OUT gets the plans, the points of each mix (which
// `eclip validate` reads) and best-of-twenty.json.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { loadScenario } from '../../dist/io/scenario.js'
import { writeJson } from '../../dist/io/write.js'
import { DEFAULT_PARAMETERS } from '../../dist/policy/policy.js'
import { planOf } from '../../dist/policy/windows/candidate.js'
import { fixedWindows, withPriorities } from '../../dist/policy/windows/starts.js'
import { callEclip } from './call-eclip.mjs'

/** New mixes of models of the gallery: vision and language, few and many samples, two to six workers. */
const MIXES = [
  'vit_b_16/8+bert/8+convnext_tiny/8+gpt2/8',
  'efficientnet_v2_s/8+swin_t/8+resnet50/32+gpt2_decode/8',
  'whisper_small_encoder/1+clip/8+mobilenet_v3_large/32',
  't5/8+bert/32+mobilenet_v3_large/32+vit_b_16/1',
  'gpt2_decode/32+gpt2/32+deeplabv3_resnet50/8',
  '2*bert/1+resnet50/8+whisper_small_encoder/8',
  'distilbert/8+efficientnet_b0/8+swin_t/8',
  'resnet50/8+clip/1+t5/8+efficientnet_b0/32',
  'vit_b_16/32+gpt2_decode/8',
  'convnext_tiny/1+distilbert/32+deeplabv3_resnet50/1+bert/8',
  '2*mobilenet_v3_large/8+swin_t/32+gpt2/8',
  'clip/32+distilbert/1+whisper_small_encoder/1+resnet50/1+vit_b_16/8+efficientnet_v2_s/1',
  'regnet_y_8gf/8+electra/8+maxvit_t/8+resnet50/8',
  'convnext_base/8+electra/32+vgg19/8',
  'maxvit_t/1+regnet_y_8gf/1+electra/1+convnext_base/1',
  'retinanet_resnet50_fpn/8+bert/8+regnet_y_8gf/32',
  '2*electra/8+maxvit_t/32+shufflenet/8',
  'convnext_base/32+regnet_y_8gf/8+gpt2/8+albert/8+electra/1+maxvit_t/8',
  'regnet_y_8gf/1+clip/8+swin_t/8+efficientnet_v2_s/8+t5/1',
  'convnext_base/1+maxvit_t/8+distilbert/32',
]
const OTHERS = 18
const SECONDS = '0.5'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    device: { type: 'string', default: 'h200' },
    gpus: { type: 'string', default: '0' },
    mixes: { type: 'string', default: MIXES.map((_, i) => i + 1).join(',') },
    rivals: { type: 'string', default: 'none' },
    check: { type: 'boolean', default: false },
  },
})
const [out] = positionals
const asked = values.mixes.split(',').map((number) => ({ number, mix: MIXES[number - 1] }))
const since = performance.now()
const say = (text) =>
  console.log(`[${((performance.now() - since) / 1000).toFixed(0).padStart(4)} s] ${text}`)

/** Runs eclip to its end, and keeps its output beside the files that it writes. */
async function eclip(words, log, environment) {
  const { exitCode, printed, lastLine } = await callEclip(words, environment)
  writeFileSync(log, `eclip ${words.join(' ')}\n${printed}`)
  if (exitCode !== 0) throw new Error(lastLine)
}

/** The files of the chosen plan and of the others. */
async function plansOf({ number, mix }) {
  const folder = join(out, number)
  mkdirSync(folder, { recursive: true })
  const chosen = join(folder, 'chosen.json')
  if (!existsSync(chosen))
    await eclip(['plan', mix, '--device', values.device, '-o', chosen], join(folder, 'plan.log'))
  const scenario = loadScenario(mix, values.device)
  const fixed = fixedWindows(scenario)
  const all = [...fixed, ...withPriorities(scenario, fixed)]
  const others = Array.from({ length: OTHERS }, (_, i) => {
    const candidate = all[Math.floor((i * all.length) / OTHERS)]
    const parameters = { units: candidate.workers[0].first.size, priorities: candidate.priorities }
    const evidence = { policy: `window-${i + 1}`, parameters }
    const file = join(folder, `window-${i + 1}.json`)
    writeJson(file, planOf(scenario, candidate, DEFAULT_PARAMETERS.switchBudget, evidence))
    return file
  })
  return [chosen, ...others]
}

const results = []
async function bench({ number, mix, plans }, gpu) {
  const points = join(out, `${number}.points.json`)
  const words = [
    'bench',
    mix,
    '--device',
    values.device,
    '--policy',
    'none',
    '--plan',
    ...plans,
    '--rivals',
    values.rivals,
  ]
  const settings = [
    '--seconds',
    SECONDS,
    '--repeats',
    '1',
    '--no-predictions',
    '--allow-code',
    '-o',
    points,
  ]
  const log = join(out, number, 'bench.log')
  try {
    await eclip([...words, ...settings], log, { CUDA_VISIBLE_DEVICES: gpu })
  } catch (error) {
    say(`${mix}: ${error.message}`)
    return
  }
  const { points: ran, rivals } = JSON.parse(readFileSync(points, 'utf8'))
  const tried = [...ran, ...rivals].map(({ name, weightedSpeedup }) => ({ name, weightedSpeedup }))
  tried.sort((a, b) => b.weightedSpeedup - a.weightedSpeedup)
  const chosen = tried.find(({ name }) => name === 'windows')
  const [best] = tried
  const share = chosen.weightedSpeedup / best.weightedSpeedup
  results.push({ mix, tried: tried.length, chosen, best, share, all: tried })
  writeJson(join(out, 'best-of-twenty.json'), results)
  say(
    `${mix}: chosen ${chosen.weightedSpeedup.toFixed(3)}, best of ${tried.length} ${best.weightedSpeedup.toFixed(3)} (${best.name}): ${(100 * share).toFixed(1)} %`,
  )
}

const waiting = await Promise.all(asked.map(async (one) => ({ ...one, plans: await plansOf(one) })))
say(`${waiting.length} mixes planned`)
async function serve(gpu) {
  while (waiting.length > 0) await bench(waiting.shift(), gpu)
}
if (!values.check) await Promise.all(values.gpus.split(',').map(serve))
const enough = results.filter(({ share }) => share >= 0.98).length
if (!values.check) say(`${enough} of ${asked.length} mixes at 98 % of the best or above`)
