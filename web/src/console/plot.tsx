import { type PointerEvent, useState } from 'react';
import { ceilingOf, shortly, windowMs } from './series.ts';

const leastMs = 60_000;

export type Line = {
  readonly name: string;
  readonly values: readonly number[];
  /** Which of the colours; absent: by its place among the lines. */
  readonly tint?: number;
};

const [width, height] = [300, 100];

/** Lines over the last minutes, or what they come to on top of each other, with what they were last, or where the pointer stands. */
export function Plot({
  title,
  unit,
  times,
  lines,
  isStacked = false,
}: {
  title: string;
  unit: string;
  times: readonly number[];
  lines: readonly Line[];
  isStacked?: boolean;
}) {
  const [pointed, setPointed] = useState<number>();
  const end = times.at(-1) ?? 0;
  const drawn = isStacked ? stacked(lines) : lines.map(({ values }) => values);
  const ceiling = ceilingOf(Math.max(0, ...drawn.flat()));
  const spanMs = Math.min(Math.max(end - (times[0] ?? end), leastMs), windowMs);
  const x = (at: number) => width * (1 - (end - at) / spanMs);
  const y = (value: number) => height * (1 - value / ceiling);
  const shown = pointed === undefined ? times.length - 1 : Math.min(pointed, times.length - 1);
  const point = ({ clientX, currentTarget }: PointerEvent<SVGSVGElement>) => {
    const box = currentTarget.getBoundingClientRect();
    const at = end - (1 - (clientX - box.left) / box.width) * spanMs;
    let nearest = times.length - 1;
    while (nearest > 0 && Math.abs((times[nearest - 1] ?? 0) - at) < Math.abs((times[nearest] ?? 0) - at)) nearest--;
    setPointed(nearest);
  };
  const isFilled = isStacked || lines.length === 1;
  const said = (value: number | undefined) => (value === undefined ? '–' : shortly(value));
  const summary = lines.map(({ name, values }) => `${name} ${said(values.at(-1))}`).join(', ');
  return (
    <figure className="plot">
      <figcaption>
        <span className="plot-title">{title}</span> <span className="unit">{unit}</span>
        <span className="plot-time">
          {pointed !== undefined && times.length > 0
            ? new Date(times[shown] ?? 0).toLocaleTimeString()
            : lasting(spanMs)}
        </span>
      </figcaption>
      <div className="plot-field">
        <span className="ceiling" aria-hidden="true">
          {shortly(ceiling)}
        </span>
        <svg
          viewBox={`0 0 ${width} ${height}`}
          preserveAspectRatio="none"
          role="img"
          aria-label={`${title}, ${unit}, now: ${summary || 'nothing'}`}
          onPointerMove={point}
          onPointerLeave={() => setPointed(undefined)}
        >
          {[0, 0.5, 1].map((share) => (
            <line key={share} className="grid" x1={0} x2={width} y1={share * height} y2={share * height} />
          ))}
          {pointed !== undefined && times.length > 0 && (
            <line className="cursor" x1={x(times[shown] ?? 0)} x2={x(times[shown] ?? 0)} y1={0} y2={height} />
          )}
          {lines.map(({ name, tint }, index) => {
            const pointsOf = (values: readonly number[]) =>
              values.map((value, at) => `${x(times[at] ?? 0).toFixed(1)},${y(value).toFixed(1)}`);
            const path = pointsOf(drawn[index] ?? []);
            const floor = pointsOf((isStacked && drawn[index - 1]) || times.map(() => 0)).toReversed();
            return (
              <g key={name} className={tintClass(tint, index)}>
                {isFilled && <polygon points={[...path, ...floor].join(' ')} />}
                <polyline points={path.join(' ')} />
              </g>
            );
          })}
        </svg>
      </div>
      <ul className="legend">
        {lines.map(({ name, values, tint }, index) => (
          <li key={name}>
            <span className={`dot ${tintClass(tint, index)}`} aria-hidden="true" />
            {name} <b data-figure={`${title}/${name}`}>{said(values[shown])}</b>
          </li>
        ))}
        {lines.length === 0 && <li className="soft">none in this time</li>}
      </ul>
    </figure>
  );
}

const tints = 7;
const tintClass = (tint: number | undefined, index: number): string => `tint-${(tint ?? index) % tints}`;

/** Each line on top of those before it. */
function stacked(lines: readonly Line[]): readonly (readonly number[])[] {
  let below: readonly number[] = [];
  return lines.map(({ values }) => {
    below = values.map((value, at) => value + (below[at] ?? 0));
    return below;
  });
}

function lasting(spanMs: number): string {
  const seconds = Math.round(spanMs / 1000);
  return seconds < 120 ? `last ${seconds} s` : `last ${Math.round(seconds / 60)} min`;
}
