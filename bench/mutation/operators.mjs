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
    case 'ExpressionStatement':
      if (node.expression.callee?.type !== 'Super') add('removed', node, ';')
  }
}

function otherNumber(value) {
  if (value === 0) return '1'
  return Number.isInteger(value) ? `${value + 1}` : `${value * 2}`
}
