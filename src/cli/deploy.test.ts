import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { validate as lintContainerFile } from 'dockerfile-utils'
import { parseAllDocuments } from 'yaml'
import { validate } from '../io/validate.js'
import { demandSchema } from '../workload/demand.js'
import { runEclip } from './eclip.test.fixture.js'

/** Checks what is deployed against the schemas of the programs that read it. */

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'eclip-deploy-'))
after(() => rmSync(folder, { recursive: true }))

function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8')
}

// biome-ignore lint/suspicious/noExplicitAny: a manifest is of the type that is under test.
type Manifest = any

function manifestsIn(file: string): Manifest[] {
  return parseAllDocuments(read(file)).map((document) => {
    assert.deepEqual(document.errors, [])
    return document.toJS()
  })
}

/** The API types of each kind, generated from the schema of the Kubernetes project. */
const KINDS: Readonly<Record<string, string>> = {
  ConfigMap: "import('kubernetes-types/core/v1').ConfigMap",
  Deployment: "import('kubernetes-types/apps/v1').Deployment",
  Service: "import('kubernetes-types/core/v1').Service",
  ServingRuntime: 'ServingRuntime',
  InferenceService: 'InferenceService',
}

/** A subset of KServe's custom resources (serving.kserve.io), from its published fields. */
const KSERVE = `
import type { Container, Volume } from 'kubernetes-types/core/v1'
import type { ObjectMeta } from 'kubernetes-types/meta/v1'
interface ServingRuntime {
  apiVersion: 'serving.kserve.io/v1alpha1'
  kind: 'ServingRuntime'
  metadata: ObjectMeta
  spec: {
    supportedModelFormats: { name: string; version?: string; autoSelect?: boolean; priority?: number }[]
    protocolVersions?: ('v1' | 'v2' | 'grpc-v1' | 'grpc-v2')[]
    multiModel?: boolean
    disabled?: boolean
    labels?: Record<string, string>
    annotations?: Record<string, string>
    nodeSelector?: Record<string, string>
    hostIPC?: boolean
    containers: Container[]
    volumes?: Volume[]
  }
}
interface InferenceService {
  apiVersion: 'serving.kserve.io/v1beta1'
  kind: 'InferenceService'
  metadata: ObjectMeta
  spec: {
    predictor: {
      minReplicas?: number
      maxReplicas?: number
      model: {
        modelFormat: { name: string; version?: string }
        runtime?: string
        protocolVersion?: 'v1' | 'v2' | 'grpc-v1' | 'grpc-v2'
        storageUri?: string
      }
    }
  }
}
`

/**
 * What the compiler says about manifests written as values of the types of their kinds. Unlike most JSON Schemas of
 * Kubernetes, these types refuse unknown fields.
 */
function complaintsAbout(manifests: readonly Manifest[]): string {
  const lines = manifests.map((manifest, i) => {
    const type = KINDS[manifest.kind]
    assert.ok(type, `${manifest.kind} has a schema`)
    return `export const manifest${i}: ${type} = ${JSON.stringify(manifest, null, 1)}`
  })
  // Inside the checkout, where the compiler can find the types.
  const place = join(ROOT, 'node_modules', '.eclip-deploy')
  mkdirSync(place, { recursive: true })
  const file = join(mkdtempSync(join(place, 'manifests-')), 'manifests.ts')
  try {
    writeFileSync(file, [KSERVE, ...lines].join('\n'))
    const flags = '--ignoreConfig --noEmit --strict --module esnext --moduleResolution bundler'
    const compiler = join(ROOT, 'node_modules', '.bin', 'tsc')
    return spawnSync(compiler, [...flags.split(' '), file], { encoding: 'utf8' }).stdout
  } finally {
    rmSync(place, { recursive: true })
  }
}

const KUBERNETES = 'deploy/kubernetes.yaml'
const KSERVE_FILE = 'deploy/kserve.yaml'

test('manifests have the types of their kinds', () => {
  assert.equal(complaintsAbout(manifestsIn(KUBERNETES)), '')
  assert.equal(complaintsAbout(manifestsIn(KSERVE_FILE)), '')
})

test('a misspelt field or a wrong type in a manifest is noticed', () => {
  const [, deployment] = manifestsIn(KUBERNETES)
  const [container] = deployment.spec.template.spec.containers
  container.livenesProbe = container.livenessProbe
  assert.match(complaintsAbout([deployment]), /livenesProbe/)
  delete container.livenesProbe
  container.ports[0].containerPort = 'http'
  assert.match(complaintsAbout([deployment]), /containerPort|not assignable/)
  const [runtime] = manifestsIn(KSERVE_FILE)
  runtime.spec.protocolVersions = ['v3']
  assert.match(complaintsAbout([runtime]), /"v3"/)
})

test('the Kubernetes objects fit together', () => {
  const [configMap, deployment, service] = manifestsIn(KUBERNETES)
  const { template, selector } = deployment.spec
  const [container] = template.spec.containers
  assert.deepEqual(selector.matchLabels, template.metadata.labels)
  assert.deepEqual(service.spec.selector, template.metadata.labels)
  const ports = new Set(container.ports.map(({ name }: Manifest) => name))
  for (const { targetPort } of service.spec.ports) assert.ok(ports.has(targetPort))
  for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe']) {
    assert.ok(ports.has(container[probe].httpGet.port), probe)
  }
  assert.equal(container.resources.limits['nvidia.com/gpu'], '1')
  const volumes = template.spec.volumes.map(({ name }: Manifest) => name)
  assert.deepEqual(
    volumes,
    container.volumeMounts.map(({ name }: Manifest) => name),
  )
  assert.equal(template.spec.volumes[0].configMap.name, configMap.metadata.name)
  validate(JSON.parse(configMap.data['demand.json']), demandSchema, KUBERNETES)
})

test('the container file is sound, and its image does not run as root', () => {
  const text = read('deploy/Containerfile')
  const complaints = lintContainerFile(text).map(
    ({ message, range }) => `${range.start.line}: ${message}`,
  )
  assert.deepEqual(complaints, [])
  assert.match(text, /^USER \d+:\d+$/m)
  const broken = text.replace('EXPOSE 8000', 'EXPOSE http')
  assert.notDeepEqual(lintContainerFile(broken), [])
})

const hasSystemd = existsSync('/usr/bin/systemd-analyze')

test('the unit is sound and well sealed off', {
  skip: hasSystemd ? false : 'no systemd-analyze',
}, () => {
  // The check needs the program to exist, so another program stands in for it here.
  const unit = read('deploy/eclip.service').replace('/usr/local/bin/eclip', process.execPath)
  const file = join(folder, 'eclip.service')
  writeFileSync(file, unit)
  const analyze = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync('systemd-analyze', args, { encoding: 'utf8' })
    return { status, text: stdout + stderr }
  }
  const verified = analyze('verify', '--man=no', file)
  assert.deepEqual(verified, { status: 0, text: '' })
  const shut = analyze('security', '--offline=yes', '--threshold=20', '--no-pager', file)
  assert.equal(shut.status, 0, shut.text)
  writeFileSync(file, unit.replace('ProtectHome=yes', 'ProtectHome=perhaps'))
  assert.notEqual(analyze('verify', '--man=no', file).text, '')
})

/** The arguments of `eclip serve` in a file, wherever they occur. */
const COMMANDS: Readonly<Record<string, () => readonly string[]>> = {
  'deploy/Containerfile': () =>
    JSON.parse(/^CMD (\[.*\])$/m.exec(read('deploy/Containerfile'))![1]),
  'deploy/eclip.service': () =>
    /^ExecStart=\S+ (.*)$/m.exec(read('deploy/eclip.service'))![1].split(' '),
  [KUBERNETES]: () => manifestsIn(KUBERNETES)[1].spec.template.spec.containers[0].args,
  [KSERVE_FILE]: () => manifestsIn(KSERVE_FILE)[0].spec.containers[0].args,
  'docs/from-triton.md': () =>
    read('docs/from-triton.md')
      .match(/eclip serve .*/g)!
      .join(' ')
      .split(' ')
      .slice(1),
}

const help = runEclip(['serve', '--help']).stdout
const isThere = help.startsWith('Usage: eclip serve')

test('every flag is one of eclip serve', { skip: isThere ? false : 'no eclip serve yet' }, () => {
  for (const [file, commandOf] of Object.entries(COMMANDS)) {
    const [command, ...args] = commandOf()
    assert.equal(command, 'serve', file)
    for (const arg of args.filter((one) => one.startsWith('--'))) {
      const flag = arg.split('=')[0]
      assert.match(help, new RegExp(`${flag}\\b`), `${file}: ${flag}`)
    }
  }
})

test('the demand on the page for readers who come from Triton is valid', () => {
  const blocks = [...read('docs/from-triton.md').matchAll(/```json\n([\s\S]*?)```/g)]
  assert.ok(blocks.length > 0)
  for (const [, json] of blocks) validate(JSON.parse(json), demandSchema, 'docs/from-triton.md')
})
