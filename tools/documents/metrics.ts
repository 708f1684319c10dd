import { describeMetrics } from '../../src/telemetry-table.ts';

/** The page of all figures. */
export function metricsPage(): string {
  return [
    '# Metrics',
    '',
    '<!-- Made from src/telemetry-table.ts by `npm run docs`. -->',
    '',
    'With `METRICS_TOKEN` set, `/metrics` answers whoever sends it as `Authorization: Bearer …`, in the text format of',
    'Prometheus. Figures are those of the node that answers: scrape every node by its own address, and add up.',
    '[deploy/grafana/parlance.json](../deploy/grafana/parlance.json) is a dashboard of them.',
    '',
    '```yaml',
    'scrape_configs:',
    '  - job_name: parlance',
    '    authorization: { credentials_file: /etc/prometheus/parlance-token }',
    "    static_configs: [{ targets: ['chat-1.example.org:8000', 'chat-2.example.org:8000'] }]",
    '```',
    '',
    '| figure | kind | labels | what it says |',
    '|---|---|---|---|',
    ...describeMetrics().map(
      ({ name, type, labels, help }) =>
        `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(', ') || '–'} | ${help} |`,
    ),
    '',
    'Beside them stand those of the process as prom-client names them: `process_*` (CPU of all threads, memory, open files)',
    'and `nodejs_*` (event loop lag, garbage collection by kind, heap). They are watched only while `METRICS_TOKEN` is set.',
    '',
    'The same figures as one snapshot in JSON, for consoles: `GET /api/v1/admin/stats`, for admins and the host.',
    '',
    '## What to watch',
    '',
    '- `parlance_commit_failing` or `parlance_bus_listening` wrong for a minute: the node answers `broken` at `/ready` as well.',
    '- `parlance_commit_backlog` that grows: the database is slower than what arrives.',
    '- `parlance_log_lag_entries` that stays above zero: a node does not keep up with the log.',
    '- `rate(parlance_slow_consumers_total[5m])`: clients that do not read; they come back and are caught up.',
    '- `rate(parlance_refusals_total{code="RATE_LIMITED"}[5m])`: clients over their limits.',
    '- `nodejs_eventloop_lag_p99_seconds` near 0.1: the node has as much as it can do.',
    '- `process_open_fds` near `process_max_fds`: at that limit whoever connects is reset by the system, and no line of the',
    '  log says so.',
    '',
  ].join('\n');
}
