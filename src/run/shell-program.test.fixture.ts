import type { ProgramStart } from './program.js'

/** A shell script as a program that is started once, in a folder, with `variables` beside its PATH. */
export function shellProgram(
  name: string,
  script: string,
  folder: string,
  variables: NodeJS.ProcessEnv,
): ProgramStart {
  return {
    name,
    command: ['sh', '-c', script],
    restart: 'never',
    environment: { PATH: process.env.PATH, ...variables },
    own: {},
    folder,
    output: 'inherit',
    descriptors: [],
    terms: {},
  }
}
