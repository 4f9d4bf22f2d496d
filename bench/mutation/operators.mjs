// The mutations of a module: small changes to its text, each of which tests should notice.
import { parseAst } from 'vite'

const SWAPPED = {
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '===': '!==',
  '!==': '===',
  '+': '-',
  '-': '+',
  '*': '/',
  '/': '*',
  '%': '*',
  '&&': '||',
  '||': '&&',
  '??': '&&',
  '+=': '-=',
  '-=': '+=',
  '*=': '/=',
  '/=': '*=',
}
const SWAPPED_METHODS = { min: 'max', max: 'min', some: 'every', every: 'some' }

/** Error messages are for people, and imports have nothing to change. */
const LEFT_ALONE = new Set(['ThrowStatement', 'ImportDeclaration'])

/** Every mutation of a module's text, as `{ start, end, text, operator }`, in the order of the text. */
export function mutationsOf(source) {
  const found = []
  const add = (operator, { start, end }, text) => found.push({ operator, start, end, text })
  const visit = (node) => {
    if (LEFT_ALONE.has(node.type)) return
    mutateNode(node, source, add)
    for (const value of Object.values(node)) {
      for (const child of Array.isArray(value) ? value : [value]) {
        if (typeof child?.type === 'string') visit(child)
      }
    }
  }
  visit(parseAst(source))
  return found.sort((a, b) => a.start - b.start || a.end - b.end)
}

function mutateNode(node, source, add) {
  const textOf = ({ start, end }) => source.slice(start, end)
  /** Gives each of some nodes the value of the next one, which gets its value in turn. */
  const swapNeighbours = (nodes, value, label) => {
    nodes.slice(1).forEach((next, i) => {
      const [values, labels] = [value, label].map((of) => [nodes[i], next].map(of))
      if (values[0] === values[1]) return
      const between = source.slice(nodes[i].end, next.start)
      const text = `${labels[0]}${values[1]}${between}${labels[1]}${values[0]}`
      add('swapped', { start: nodes[i].start, end: next.end }, text)
    })
  }
  switch (node.type) {
    case 'BinaryExpression':
    case 'LogicalExpression':
    case 'AssignmentExpression': {
      const swapped = SWAPPED[node.operator]
      if (swapped === undefined) return
      const start = source.indexOf(node.operator, node.left.end)
      return add(node.operator, { start, end: start + node.operator.length }, swapped)
    }
    case 'UpdateExpression': {
      const other = node.operator === '++' ? '--' : '++'
      return add(node.operator, node, textOf(node).replace(node.operator, other))
    }
    case 'UnaryExpression':
      if (node.operator === '!' || node.operator === '-') {
        add(node.operator, node, ` ${textOf(node.argument)}`)
      }
      return
    case 'Literal':
      if (typeof node.value === 'number') add('constant', node, otherNumber(node.value))
      if (typeof node.value === 'boolean') add('constant', node, `${!node.value}`)
      return
    case 'IfStatement':
    case 'ConditionalExpression':
      return add('negated', node.test, `!(${textOf(node.test)})`)
    case 'MemberExpression': {
      const swapped = SWAPPED_METHODS[node.property.name]
      if (swapped !== undefined && !node.computed) add(node.property.name, node.property, swapped)
      return
    }
    case 'CallExpression':
    case 'NewExpression':
      if (node.callee.property?.name in SWAPPED_METHODS) return
      return swapNeighbours(node.arguments, textOf, () => '')
    case 'ObjectExpression':
      return swapNeighbours(
        node.properties.filter(hasValue),
        ({ value }) => textOf(value),
        ({ key }) => `${textOf(key)}: `,
      )
    case 'AwaitExpression':
      return add('await', node, textOf(node.argument))
    case 'TryStatement':
      if (node.finalizer) add('finally', node.finalizer, '{}')
      return
    case 'ExpressionStatement':
      if (node.expression.callee?.type !== 'Super') add('removed', node, ';')
  }
}

function hasValue({ type, computed, method, kind }) {
  return type === 'Property' && !computed && !method && kind === 'init'
}

function otherNumber(value) {
  if (value === 0) return '1'
  return Number.isInteger(value) ? `${value + 1}` : `${value * 2}`
}
