/** A folder with good files, beside which a bad one is put. Commands must leave the folder as it was. */
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DocumentName, documents } from './documents.test.fixture.js'

export interface Sandbox {
  readonly folder: string
  /** A path in the folder. */
  path(name: string): string
  write(name: string, content: string | Uint8Array): string
  /** Puts a good file back in its place. */
  restore(name: DocumentName): void
  /** @throws AssertionError if the folder has other file names or sizes than when `files` was taken */
  assertUnchanged(files: Files, what: string): void
  files(): Files
  remove(): void
}

/** Size of every file, by name. */
export type Files = ReadonlyMap<string, number>

export function createSandbox(): Sandbox {
  const folder = mkdtempSync(join(tmpdir(), 'eclip-hostile-'))
  const path = (name: string): string => join(folder, name)
  const write = (name: string, content: string | Uint8Array): string => {
    writeFileSync(path(name), content)
    return path(name)
  }
  const restore = (name: DocumentName): void => {
    write(name, JSON.stringify(documents[name]))
  }
  const files = (): Files =>
    new Map(readdirSync(folder).map((name) => [name, statSync(path(name)).size]))
  for (const name of Object.keys(documents)) restore(name as DocumentName)
  return {
    folder,
    path,
    write,
    restore,
    files,
    assertUnchanged: (before, what) => {
      assert.deepEqual([...files()].sort(), [...before].sort(), `${what}: changed files`)
    },
    remove: () => rmSync(folder, { recursive: true }),
  }
}

/** An address reserved for documentation, which no machine has, so a server that gets that far ends there. */
export const NOWHERE = ['--host', '203.0.113.1']
const QUICK = ['--policy', 'baseline', '--seconds', '0.01']

/** The command that reads a file of each format. `out` is an output that must not appear. */
export function commandFor(name: DocumentName, { path }: Sandbox): string[] {
  const out = path('out')
  switch (name) {
    case 'device.json':
      return ['compare', 'vgg19@8', '--device', path(name), ...QUICK, '--report', out]
    case 'profile.json':
    case 'workload.json':
      return ['compare', path('workload.json'), ...QUICK, '--report', out]
    case 'plan.json':
      return ['explain', path(name)]
    case 'points.json':
    case 'earlier-points.json':
      return ['validate', path(name), '--report', out]
    case 'latency.json':
      return ['mig', 'plan', '--table', path(name), '--model', 'tiny', '--svg', out]
    case 'demand.json':
      return ['size', path(name), '-o', out]
    case 'serving.json':
      return ['serve', path('demand.json'), '--plan', path(name), ...NOWHERE]
    case 'keys.json':
      return ['serve', path('demand.json'), '--api-keys', path(name), ...NOWHERE]
    case 'programs.json':
      return ['up', path(name), '--check']
    case 'trace.json':
      return ['import', path(name), '--model', 'tiny', '--batch', '2', '-o', path('')]
  }
}
