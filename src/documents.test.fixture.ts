import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The root of the repository: tests run from `dist`. */
export const ROOT = fileURLToPath(new URL('../', import.meta.url))

const UNTRACKED = /^(?:\.git|dist|\.carry)$|(?:^|\/)(?:node_modules|__pycache__)$/

/** Every file of the repository, its path from the root. */
function repositoryFiles(folder = ''): string[] {
  return readdirSync(join(ROOT, folder)).flatMap((name) => {
    const path = join(folder, name)
    if (UNTRACKED.test(path)) return []
    return statSync(join(ROOT, path)).isDirectory() ? repositoryFiles(path) : [path]
  })
}

export function textOf(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8')
}

/** The rows of every table under a heading, as cells without the bars. */
export function tableRows(markdown: string): string[][] {
  return markdown
    .split('\n')
    .filter((line) => /^\|(?!\s*-+)/.test(line))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
}

/** What stands between backticks, on one line. */
export function quoted(markdown: string): string[] {
  return [...markdown.matchAll(/`([^`\n]+)`/g)].map(([, text]) => text)
}

/** Lines of fenced blocks, without the comments behind them. */
export function codeLines(markdown: string): string[] {
  return [...markdown.matchAll(/```.*\n([\s\S]*?)```/g)].flatMap(([, block]) =>
    block.split('\n').map((line) => line.replace(/(^|\s+)#.*$/, '')),
  )
}

export const FILES = repositoryFiles()

/** The change log is history: what it names may be gone. */
export const DOCUMENTS = FILES.filter((path) => path.endsWith('.md') && path !== 'CHANGELOG.md')
