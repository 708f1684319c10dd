import './figures.css';
import { useEffect, useState } from 'react';
import { ApiError } from '../client/http-api.ts';
import type { AdminApi } from './admin-api.ts';
import { useEvery } from './every.ts';
import { Plot } from './plot.tsx';
import { type NodeSeries, namesIn, type Sample, shortly, shownOf, windowMs, withSnapshot } from './series.ts';
import type { Counts, Snapshot } from './snapshot.ts';

const pauseMs = 1_000;

/** The figures as they move. With several nodes each is drawn for itself, once it was the one that answered. */
export function Figures({ api, onRefused }: { api: AdminApi; onRefused: (error: ApiError) => void }) {
  const [nodes, setNodes] = useState<ReadonlyMap<string, NodeSeries>>(new Map());
  const [shown, setShown] = useState<string>();
  const [problem, setProblem] = useState<string>();
  useEvery(pauseMs, true, async () => {
    try {
      const snapshot = await api.stats();
      setProblem(undefined);
      setNodes((known) => {
        const alive = [...known].filter(([, { newest }]) => newest.at > snapshot.at - windowMs);
        return new Map(alive).set(snapshot.node, withSnapshot(known.get(snapshot.node), snapshot));
      });
    } catch (error) {
      if (error instanceof ApiError && (error.status === 401 || error.status === 403)) onRefused(error);
      else setProblem(error instanceof Error ? error.message : String(error));
    }
  });
  const series = shownOf(nodes, shown);
  const name = series?.newest.node;
  useEffect(() => setShown(name), [name]);
  return (
    <section className="figures" aria-label="Figures">
      {problem !== undefined && (
        <p className="problem" role="alert">
          {problem} Trying again.
        </p>
      )}
      {series === undefined ? (
        <p className="soft">Asking the server…</p>
      ) : (
        <>
          <Tiles series={series} />
          <Plots samples={series.samples} />
          <Nodes newest={series.newest} drawn={nodes} onChoose={setShown} />
        </>
      )}
    </section>
  );
}

function Tiles({ series: { newest, samples } }: { series: NodeSeries }) {
  const total = [...newest.connections.values()].reduce((sum, count) => sum + count, 0);
  const tiles: readonly (readonly [string, string])[] = [
    ['connections', shortly(total)],
    ['log position', newest.position.toLocaleString('en')],
    ['memory', `${Math.round(newest.residentBytes / 1e6)} MB`],
    ['processor', `${Math.round((samples.at(-1)?.cpus ?? 0) * 100)} %`],
    ['up for', lasting(newest.upForSeconds)],
  ];
  return (
    <>
      {newest.isFailing && (
        <p className="problem" role="alert">
          The last that was handed to the database could not be written. Check its disk and its log.
        </p>
      )}
      {!newest.isBusListening && (
        <p className="problem" role="alert">
          This node does not hear the others. Check the database or the Redis that they meet at.
        </p>
      )}
      <dl className="tiles">
        {tiles.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd data-figure={name}>{value}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}

function Plots({ samples }: { samples: readonly Sample[] }) {
  const times = samples.map(({ at }) => at);
  const line = (name: string, of: (sample: Sample) => number) => ({ name, values: samples.map(of) });
  const byName = (of: (sample: Sample) => Counts) =>
    namesIn(samples, of).map((name) => line(name, (sample) => of(sample).get(name) ?? 0));
  return (
    <div className="plots">
      <Plot
        title="Connections"
        unit="by dialect"
        times={times}
        lines={byName((each) => each.connections).map((each) => ({ ...each, tint: tintOf(each.name) }))}
        isStacked
      />
      <Plot title="Sends" unit="per second" times={times} lines={[line('sends', (each) => each.sendsPerSecond)]} />
      <Plot
        title="Deliveries"
        unit="per second"
        times={times}
        lines={[line('deliveries', (each) => each.deliveriesPerSecond)]}
      />
      <Plot
        title="Commit"
        unit="ms until on disk, last minute"
        times={times}
        lines={[line('p50', (each) => each.medianMs), line('p99', (each) => each.p99Ms)]}
      />
      <Plot
        title="Waiting"
        unit="commands, entries"
        times={times}
        lines={[
          line('backlog of commits', (each) => each.backlog),
          line('lag of this node', (each) => each.lagEntries),
        ]}
      />
      <Plot
        title="Refusals"
        unit="per second, by code"
        times={times}
        lines={byName((each) => each.refusalsPerSecond)}
        isStacked
      />
    </div>
  );
}

function Nodes({
  newest,
  drawn,
  onChoose,
}: {
  newest: Snapshot;
  drawn: ReadonlyMap<string, NodeSeries>;
  onChoose: (node: string) => void;
}) {
  return (
    <div className="nodes">
      <h2>Nodes</h2>
      <ul>
        {newest.nodes.map(({ node, heardMsAgo }) => {
          const isShown = node === newest.node;
          const known = drawn.get(node)?.newest;
          return (
            <li key={node} className={isShown ? 'chosen' : ''}>
              {node === '' ? 'the only one' : <code>{node}</code>}
              <span className="soft">
                {[
                  isShown ? 'shown here' : `heard ${heardMsAgo} ms ago`,
                  ...(known ? [`${known.lagEntries} ${known.lagEntries === 1 ? 'entry' : 'entries'} behind`] : []),
                ].join(', ')}
              </span>
              {!isShown && known && (
                <button type="button" className="button" onClick={() => onChoose(node)}>
                  Show
                </button>
              )}
            </li>
          );
        })}
      </ul>
    </div>
  );
}

const dialects = ['kenz', 'messaging', 'rooms', 'direct', 'support', 'none'];

/** A dialect keeps its colour, whoever else is there. */
const tintOf = (dialect: string): number => dialects.indexOf(dialect) + 1;

function lasting(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} days`;
}
