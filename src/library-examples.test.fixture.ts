/** Makes a project of the examples in docs/library.md, type-checks it and runs it. */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT, textOf } from './documents.test.fixture.js'

export interface Example {
  /** The heading above it. */
  readonly title: string
  readonly text: string
}

/** The examples, in order. */
export function libraryExamples(): Example[] {
  return textOf('docs/library.md')
    .split(/^## /m)
    .flatMap((section) => {
      const [title] = section.split('\n', 1)
      return [...section.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, text]) => ({ title, text }))
    })
}

const OPTIONS = {
  target: 'es2023',
  module: 'nodenext',
  strict: true,
  types: ['node'],
  typeRoots: [join(ROOT, 'node_modules/@types')],
  outDir: 'out',
}

/**
 * Type-checks and compiles the examples as they would be in a user's project.
 * @param folder a project of ES modules in whose `node_modules` eclip is installed
 * @returns the compiled modules, in order
 */
export function compileExamples(folder: string): string[] {
  const modules = libraryExamples().map(({ text }, i) => {
    writeFileSync(join(folder, `example-${i + 1}.ts`), text)
    return join(folder, 'out', `example-${i + 1}.js`)
  })
  const project = { compilerOptions: OPTIONS, include: ['*.ts'] }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(project))
  const compiler = join(ROOT, 'node_modules/typescript/bin/tsc')
  const { status, stdout } = spawnSync(process.execPath, [compiler, '-p', folder], {
    cwd: folder,
    encoding: 'utf8',
  })
  assert.equal(status, 0, stdout)
  return modules
}

/** What a compiled example prints. */
export function runExample(module: string, folder: string): string {
  return execFileSync(process.execPath, [module], {
    encoding: 'utf8',
    cwd: folder,
    timeout: 60_000,
  })
}
