import { readFileSync } from 'node:fs';
import { newestResult } from '../../bench/results.ts';
import {
  assumptions,
  bestEntriesPerCell,
  type Costs,
  hearingCeiling,
  nodesFor,
  type Plan,
  plan,
  writingCeiling,
} from '../scaling.ts';

const page = new URL('../../docs/scaling.md', import.meta.url);

const [begin, end] = [
  '<!-- Made by `npm run docs` from tools/scaling.ts and bench/results. -->',
  '<!-- Until here. -->',
];
const oneNode = 'Parlance messaging, 1 node, Redis';

/** The page on scaling: its prose as it is written there, its figures as the newest results and the simulation have them. */
export function scalingPage(): string {
  const text = readFileSync(page, 'utf8');
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`docs/scaling.md has lost its "${begin}" or its "${end}".`);
  return [text.slice(0, from) + begin, '', ...figures(), '', text.slice(to)].join('\n');
}

function figures(): string[] {
  const sends = newest('cluster-durable-sends');
  const rooms = newest('cluster-rooms-of-10');
  const deaf = newest('firehose');
  const idle = newest('idle-memory');
  const perSendUs = (1e6 * sends.figure(oneNode, 'node CPU')) / sends.figure(oneNode, 'sends per second');
  const perRoomSendUs = (1e6 * rooms.figure(oneNode, 'node CPU')) / rooms.figure(oneNode, 'sends per second');
  const costs: Costs = {
    perSendUs,
    // Whoever sends hears it as well, in both.
    perDeliveryUs: (perRoomSendUs - perSendUs) / 9,
    perEntryUs: deaf.figure('Parlance messaging, 2 nodes, Redis', 'CPU µs per entry at 4000/s'),
    perEntryOfDatabaseUs: (1e6 * sends.figure(oneNode, 'database CPU')) / sends.figure(oneNode, 'sends per second'),
    perConnectionKib: idle.figure('Parlance messaging', 'KiB per connection'),
  };
  if (Object.values(costs).some((cost) => !(cost > 0)))
    throw new Error(`Costs that make no sense: ${JSON.stringify(costs)}`);
  const { share } = assumptions;
  const best = bestEntriesPerCell(costs);
  return [
    ...table(
      ['what it costs', '', 'measured by'],
      [
        ['taking a message, CPU of the node', us(costs.perSendUs), sends.link],
        ['each connection that hears it, CPU of its node', us(costs.perDeliveryUs), rooms.link],
        ['every entry, CPU of every other node', us(costs.perEntryUs), deaf.link],
        ['every entry, CPU of PostgreSQL and Redis', us(costs.perEntryOfDatabaseUs), sends.link],
        ['a connection, memory', `${costs.perConnectionKib.toFixed(1)} KiB`, idle.link],
      ],
    ),
    '',
    ...table(
      ['the ceiling of one log', 'entries a second'],
      [
        ['one core of PostgreSQL does nothing but write it', round(writingCeiling(costs))],
        ['one core of every node does nothing but hear it', round(hearingCeiling(costs))],
        [`planned with: ${100 * share} % of the lower one at most, where nodes cost least`, round(best)],
      ],
    ),
    '',
    ...table(
      ['entries a second in one log, if its database wrote them', 'nodes that it needs'],
      [1_000, 2_000, 5_000, 10_000, 15_000, 20_000, 25_000].map((entries) => {
        const nodes = nodesFor(entries, costs);
        return [round(entries), Number.isFinite(nodes) ? String(nodes) : 'no number is enough'];
      }),
    ),
    '',
    ...table(
      ['connected users', '1 million', '10 million', '100 million'],
      planRows([1e6, 1e7, 1e8].map((users) => plan(users, costs))),
    ),
  ];
}

function planRows(plans: readonly Plan[]): string[][] {
  const rows: readonly (readonly [string, (plan: Plan) => string])[] = [
    ['messages a second', ({ messagesPerSecond }) => round(messagesPerSecond)],
    ['cells, each with its PostgreSQL and its Redis', ({ cells }) => round(cells)],
    ['entries a second in the fullest cell', ({ entriesPerSecond }) => round(entriesPerSecond)],
    ['nodes in a cell, one of which may be away', ({ nodesPerCell }) => round(nodesPerCell)],
    ['nodes in all', ({ nodes }) => round(nodes)],
    ['connections of a node while one is away', ({ connectionsPerNode }) => round(connectionsPerNode)],
    ['memory for them, in MiB', ({ nodeMebibytes }) => round(nodeMebibytes)],
    [
      'the fullest cell to the mean, tenants put where there is most room',
      ({ imbalance }) => imbalance.placed.toFixed(2),
    ],
    ['the same, tenants put by a hash of their name', ({ imbalance }) => imbalance.hashed.toFixed(2)],
  ];
  return rows.map(([words, cell]) => [words, ...plans.map(cell)]);
}

/** The newest result of a scenario. */
function newest(scenario: string) {
  const result = newestResult(scenario);
  if (result === undefined) throw new Error(`There is no result of ${scenario}: npm run bench -- ${scenario} --write`);
  const { file, text } = result;
  const rows = text
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) => line.split('|').map((cell) => cell.trim()));
  return {
    link: `[\`${scenario}\`](../bench/results/${file})`,
    figure(title: string, name: string): number {
      const cell = rows.find((row) => row[1] === title)?.[rows[0]?.indexOf(name) ?? -1];
      const figure = Number(cell?.replaceAll(',', ''));
      if (cell === undefined || Number.isNaN(figure)) throw new Error(`${file} has no "${name}" of "${title}".`);
      return figure;
    },
  };
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, at) => (at === 0 ? '---' : '---:'))), ...rows.map(line)];
}

const us = (figure: number): string => `${Number(figure.toPrecision(2))} µs`;
/** Two digits are as good as any measurement here. */
const round = (figure: number): string => Number(figure.toPrecision(2)).toLocaleString('en-US');
