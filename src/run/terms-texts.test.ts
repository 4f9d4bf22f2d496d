import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isGranuleList, namesRanges } from './granule-list.js'
import { parsePriority, priorityText } from './priority.js'

test('a priority is a word or a level', () => {
  assert.deepEqual(['low', 'normal', 'high', '0', '5', '63'].map(parsePriority), [
    'low',
    'normal',
    63,
    0,
    5,
    63,
  ])
  for (const text of ['64', '-1', '1.5', '', 'urgent', '007', '__proto__'])
    assert.equal(parsePriority(text), undefined, text)
})

test('tables show a priority as it was asked for', () => {
  for (const text of ['low', 'normal', 'high', '0', '62'])
    assert.equal(priorityText(parsePriority(text)!), text)
})

test('granules are runs for each model, and either all or none name threads', () => {
  for (const text of [
    '0',
    '0-7,8-14',
    '0-3+8+10-11,63',
    'text=0-7,image=8',
    'a b=1',
    'nvtx:a step of text=0,b=1',
  ])
    assert.ok(isGranuleList(text), text)
  for (const text of [
    '',
    ',',
    '0,',
    '7-0',
    '0,7-0',
    '0+7-0',
    '64',
    '0-64',
    '0--1',
    'x',
    'a=0,1',
    '=0',
    'a=',
    '0+',
    'nvtx:=0',
  ])
    assert.ok(!isGranuleList(text), text)
  assert.deepEqual(['nvtx:a=0,b=1', 'b=1,nvtx:a=0', 'b=1', '0'].map(namesRanges), [
    true,
    true,
    false,
    false,
  ])
  assert.ok(!isGranuleList('sixteen-letters!=0'))
  assert.ok(isGranuleList(Array(16).fill('1').join()))
  assert.ok(!isGranuleList(Array(17).fill('1').join()))
  assert.ok(isGranuleList(`00${'+1'.repeat(1999)}`))
  assert.ok(!isGranuleList(`000${'+1'.repeat(1999)}`))
})
