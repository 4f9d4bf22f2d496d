import { Command } from 'commander'
import { distinctLayouts, maximalLayouts } from '../mig/enumerate.js'
import { gpuNamed, gpus } from '../mig/gpus/registry.js'
import { layoutJson } from '../mig/json.js'
import { layoutsText } from '../report/pages/mig/text.js'
import { type CommonOptions, print, tableStyle } from './command.js'
import { migPlanCommand } from './mig-plan.js'
import { migSimulateCommand } from './mig-simulate.js'

/** `eclip mig`: hardware partitions, PARIS and ELSA. */
export function migCommand(): Command {
  return new Command('mig')
    .description('unequal hardware partitions (PARIS) and a scheduler that fills them (ELSA)')
    .addCommand(layoutsCommand())
    .addCommand(migPlanCommand())
    .addCommand(migSimulateCommand())
}

function layoutsCommand(): Command {
  return new Command('layouts')
    .description('list the profiles and every legal layout of a GPU')
    .argument('[gpu]', `one of ${[...gpus.keys()].join(', ')}`, 'h200')
    .option('--json', 'print JSON')
    .action((name: string, options: CommonOptions) => {
      const gpu = gpuNamed(name, 'gpu')
      const layouts = maximalLayouts(gpu)
      const distinct = distinctLayouts(layouts).length
      const value = { ...gpu, layouts: layouts.map(layoutJson), distinct }
      print(value, options, () => layoutsText(gpu, layouts, distinct, tableStyle()))
    })
}
