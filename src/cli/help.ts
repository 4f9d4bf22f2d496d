import type { Command } from 'commander'
import { profileFiles } from '../io/library.js'
import type { ProfileFile } from '../io/library-folder.js'
import { distinctAscending } from '../numbers.js'
import { policies } from '../policy/registry.js'
import { EXAMPLES } from './examples.js'

/** Arguments that name models. */
const MIXES: readonly string[] = ['workload', 'demand']

/** Appends to a command's help the policies and models that it accepts, and examples. */
export function addHelpEnd(command: Command): void {
  const takesPolicy = command.options.some(({ long }) => long === '--policy')
  const takesMix = command.registeredArguments.some((one) => MIXES.includes(one.name()))
  if (takesPolicy) command.addHelpText('after', policyList)
  if (takesMix) command.addHelpText('after', modelList)
  const examples = EXAMPLES[pathOf(command)]
  if (examples) command.addHelpText('after', block('Examples', examples))
}

/** The names of a command below the program's, such as `mig plan`. */
export function pathOf(command: Command): string {
  const { parent } = command
  return parent?.parent ? `${pathOf(parent)} ${command.name()}` : command.name()
}

function policyList(): string {
  const all = [...policies.values()]
  const width = Math.max(...all.map(({ name }) => name.length))
  return block(
    'Policies',
    all.map(({ name, summary }) => `${name.padEnd(width)}  ${summary}`),
  )
}

function modelList(): string {
  const profiles = profileFiles()
  const devices = [...new Set(profiles.map(({ device }) => device))]
  return devices
    .map((device) =>
      block(
        `Models with a profile for ${device}`,
        modelsOf(profiles.filter((p) => p.device === device)),
      ),
    )
    .join('\n')
}

const LINE_LENGTH = 76

/** A line such as `vgg19/1,8,32` for each model. */
function modelsOf(profiles: readonly ProfileFile[]): string[] {
  const models = [...new Set(profiles.map(({ model }) => model))].map((name) => {
    const batches = profiles.flatMap(({ model, batch }) => (model === name ? [batch] : []))
    return `${name}/${distinctAscending(batches).join()}`
  })
  return models.slice(1).reduce(
    ([...lines], model) => {
      const line = `${lines.pop()}  ${model}`
      return line.length <= LINE_LENGTH
        ? [...lines, line]
        : [...lines, line.slice(0, -model.length - 2), model]
    },
    models.slice(0, 1),
  )
}

function block(title: string, lines: readonly string[]): string {
  return ['', `${title}:`, ...lines.map((line) => `  ${line}`)].join('\n')
}
