// Prints the index of the profiles that ship: node lab/gallery/index.mjs > data/profiles/index.md
//
// It has one line for each model, and says what measured it. Latency and power are
// of a request alone on the whole GPU.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readProfile } from '../../dist/io/library.js'

const FOLDER = fileURLToPath(new URL('../../data/profiles/', import.meta.url))
const GPUS = ['h100', 'h200']

/** What the profiles of a model say about where and how they were measured. */
function softwareOf({ software: { torch, cuda, driver }, date }) {
  return `${date.slice(0, 10)}, PyTorch ${torch}, CUDA ${cuda}, driver ${driver}`
}

function inputText({ name, dtype, shape, below }) {
  return `${name}:${dtype}[${shape.join(',')}]${below === undefined ? '' : `<${below}`}`
}

function inputsOf({ recipe, input = '' }) {
  const said = recipe ? recipe.inputs.map(inputText).join(' ') : input
  return said.replaceAll('<', '\\<')
}

function widest(byCus) {
  return Object.entries(byCus).sort(([a], [b]) => Number(b) - Number(a))[0][1]
}

const notes = []
/** The number of a note, the same for the same text. */
function noted(text) {
  if (!notes.includes(text)) notes.push(text)
  return notes.indexOf(text) + 1
}

console.log(`# Profiles that ship

Printed by \`node lab/gallery/index.mjs\` from the profiles themselves. Times are of a request alone on the whole GPU, kernels those of the
largest batch; \`beside\` says how many times as long a request takes beside a streaming hog on the other half of the GPU (\`docs/hardware.md\`),
where that was measured.
`)
for (const gpu of GPUS) {
  const models = new Map()
  for (const file of readdirSync(join(FOLDER, gpu)).sort()) {
    const profile = readProfile(join(FOLDER, gpu, file))
    const key = `${profile.model} ${noted(softwareOf(profile))} ${profile.recipe && inputsOf(profile)}`
    models.set(key, [...(models.get(key) ?? []), profile])
  }
  console.log(`## ${gpu.toUpperCase()}\n`)
  console.log('| model | specification and inputs | batch | ms | W | beside | kernels | how |')
  console.log('|---|---|---|---|---|---|--:|---|')
  for (const profiles of models.values()) {
    profiles.sort((a, b) => a.batch - b.batch)
    const each = (what) => profiles.map(what).join(' / ')
    const [{ model, recipe }] = profiles
    const cells = [
      model,
      `${recipe?.specification ?? model}, ${inputsOf(profiles.at(-1))}`,
      each(({ batch }) => batch),
      each(({ latencyUs = {} }) => (widest(latencyUs) / 1000).toPrecision(3)),
      each(({ powerW }) => powerW?.toFixed(0) ?? '–'),
      each(({ interference }) => interference?.sensitivity.stream.toFixed(2) ?? '–'),
      profiles.at(-1).kernels.length,
      noted(softwareOf(profiles[0])),
    ]
    console.log(`| ${cells.join(' | ')} |`)
  }
  console.log('')
}
for (const [index, text] of notes.entries()) console.log(`${index + 1}. ${text}`)
