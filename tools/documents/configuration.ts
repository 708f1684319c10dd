import { describeSettings, type SettingRow, type SettingSection } from '../../src/config.ts';

const titles: { readonly [section in SettingSection]: string } = {
  listen: 'Where it listens',
  storage: 'What it keeps',
  files: 'Uploaded files',
  tokens: 'Whom it believes',
  access: 'Who may do what',
  limits: 'Limits',
  timing: 'Times',
  webhooks: 'Webhooks',
  telemetry: 'What it tells about itself',
  log: 'Log',
};

/** The page of all settings. */
export function configurationPage(): string {
  const sections = Map.groupBy(describeSettings(), ({ section }) => section);
  return [
    '# Configuration',
    '',
    '<!-- Made from src/config.ts by `npm run docs`. -->',
    '',
    'Settings are environment variables. A `.env` file in the working directory is read too; the environment wins.',
    'A setting that is wrong stops the start and names itself; so does one that is set but empty, unless it is a list.',
    '`npx parlance config` prints the values in force.',
    '',
    ...[...sections].flatMap(([section, rows]) => [`## ${titles[section]}`, '', ...table(rows), '']),
    '## Without a key',
    '',
    'While none of `JWT_SECRET`, `JWT_PUBLIC_KEY` and `JWKS_URL` is set, the server signs and verifies tokens with a secret of',
    'its own, kept in `DATA_DIR/development-secret` for its owner only, and whoever reaches it may sign in as anyone. That',
    'is why it then listens on 127.0.0.1 alone unless `HOST` says otherwise. The first key that is set ends it.',
    '',
  ].join('\n');
}

function table(rows: readonly SettingRow[]): readonly string[] {
  return [
    '| setting | default | expected | what it is for |',
    '|---|---|---|---|',
    ...rows.map(({ name, default: standard, expected, sentence }) => {
      const cells = [`\`${name}\``, quoted(standard), expected, sentence];
      return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('<', '&lt;')).join(' | ')} |`;
    }),
  ];
}

function quoted(standard: string): string {
  if (standard === '') return '–';
  return standard.includes(' ') ? standard : `\`${standard}\``;
}
