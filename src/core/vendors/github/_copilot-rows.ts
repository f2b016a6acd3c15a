// Every row of GitHub's Copilot allowlists, as patterns. One line per documented row; the newest page is named.
// Must not know plans: the policy keeps of githubcopilot.com only what its `copilot` section lets in.
import type { PresetRow } from './_preset-row.ts';

export const COPILOT_TELEMETRY_ROWS: readonly PresetRow[] = [
  ['copilot-telemetry.githubusercontent.com/telemetry', 'Copilot client telemetry', 'copilotAllowlist'],
  ['collector.github.com/*', 'Analytics telemetry', 'copilotAllowlist'],
  ['default.exp-tas.com', 'Copilot client experimentation', 'copilotAllowlist'],
];

export const COPILOT_VOICE_ROWS: readonly PresetRow[] = [
  ['ai.azure.com', 'Model catalog requests of the voice features', 'copilotAllowlist'],
  ['api.catalog.azureml.ms', 'The best Azure region for model downloads', 'copilotAllowlist'],
  ['*.api.azureml.ms', 'Regional model catalogs', 'copilotAllowlist'],
  ['amlwlrt4*.blob.core.windows.net', 'Model downloads from regional blob storage', 'copilotAllowlist'],
];

export const COPILOT_REPORTS_ROWS: readonly PresetRow[] = [
  ['copilot-reports.github.com', 'Downloads of usage metrics reports', 'copilotAllowlist'],
  ['copilot-reports-*.b01.azurefd.net', 'Downloads of reports, first fallback', 'copilotAllowlist'],
  ['usagereports*.blob.core.windows.net', 'Downloads of reports, second fallback', 'copilotAllowlist'],
];

export const COPILOT_ROWS: readonly PresetRow[] = [
  ['github.com/login/*', 'Signing in', 'copilotAllowlist'],
  ['github.com/copilot/*', 'Copilot on GitHub', 'copilotAllowlist'],
  ['api.github.com/user', 'User management', 'copilotAllowlist'],
  ['api.github.com/copilot_internal/*', 'User management', 'copilotAllowlist'],
  ['github.githubassets.com', 'Assets of the sign-in pages', 'copilotAllowlist'],
  ['avatars.githubusercontent.com', 'Pictures of the sign-in pages', 'copilotAllowlist'],
  ['copilot-proxy.githubusercontent.com', 'Copilot suggestions', 'copilotAllowlist'],
  ['origin-tracker.githubusercontent.com', 'Copilot suggestions', 'copilotAllowlist'],
  [
    '*.githubcopilot.com',
    'Copilot suggestions, whatever the plan; dropped where `copilot.plans` is set, unless `generic: allow`',
    'copilotAllowlist',
  ],
  [
    '*.individual.githubcopilot.com',
    'Copilot suggestions, plan Individual; dropped where `copilot.plans` leaves it out',
    'copilotAllowlist',
  ],
  [
    '*.business.githubcopilot.com',
    'Copilot suggestions, plan Business; dropped where `copilot.plans` leaves it out',
    'copilotAllowlist',
  ],
  [
    '*.enterprise.githubcopilot.com',
    'Copilot suggestions, plan Enterprise; dropped where `copilot.plans` leaves it out',
    'copilotAllowlist',
  ],
  ...COPILOT_TELEMETRY_ROWS,
  ...COPILOT_REPORTS_ROWS,
  ...COPILOT_VOICE_ROWS,
];
