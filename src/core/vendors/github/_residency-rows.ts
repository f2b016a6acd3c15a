// What an enterprise with data residency on GHE.com needs. GitHub's page for clients names all of Azure storage,
// where anyone may open an account; its page for runners names the accounts, and those are listed here.
import type { PresetRow } from './_preset-row.ts';

export const GHE_ROWS: readonly PresetRow[] = [
  ['SUBDOMAIN.ghe.com', "The enterprise's own host", 'copilotAllowlist'],
  ['*.SUBDOMAIN.ghe.com', "The enterprise's API, Copilot, pages and reports", 'copilotAllowlist'],
  ['auth.ghe.com', 'Signing in', 'dataResidency'],
  ['*.githubassets.com', 'Scripts and styles of the web', 'dataResidency'],
  [
    '*.githubusercontent.com',
    'Pictures and files; checking suggestions against public code',
    'dataResidency',
  ],
  ['github.com/enterprises/oauth_callback', 'Linking an Azure subscription; any query', 'dataResidency'],
];

export const GHE_STORAGE_ROWS: readonly PresetRow[] = [
  ['memoryalphaprodsdc01.blob.core.windows.net', 'Large files, EU', 'dataResidency'],
  ['memoryalphaprodweu01.blob.core.windows.net', 'Large files, EU', 'dataResidency'],
  [
    'prodsdc01resultssa0.blob.core.windows.net',
    'Results of Actions: logs, artifacts, caches, EU',
    'dataResidency',
  ],
  [
    'prodsdc01resultssa1.blob.core.windows.net',
    'Results of Actions: logs, artifacts, caches, EU',
    'dataResidency',
  ],
  [
    'prodsdc01resultssa2.blob.core.windows.net',
    'Results of Actions: logs, artifacts, caches, EU',
    'dataResidency',
  ],
  [
    'prodsdc01resultssa3.blob.core.windows.net',
    'Results of Actions: logs, artifacts, caches, EU',
    'dataResidency',
  ],
  [
    'prodweu01resultssa0.blob.core.windows.net',
    'Results of Actions: logs, artifacts, caches, EU',
    'dataResidency',
  ],
  [
    'prodweu01resultssa1.blob.core.windows.net',
    'Results of Actions: logs, artifacts, caches, EU',
    'dataResidency',
  ],
  [
    'prodweu01resultssa2.blob.core.windows.net',
    'Results of Actions: logs, artifacts, caches, EU',
    'dataResidency',
  ],
  [
    'prodweu01resultssa3.blob.core.windows.net',
    'Results of Actions: logs, artifacts, caches, EU',
    'dataResidency',
  ],
  ['memoryalphaprodae01.blob.core.windows.net', 'Large files, Australia', 'dataResidency'],
  [
    'prodae01resultssa0.blob.core.windows.net',
    'Results of Actions: logs, artifacts, caches, Australia',
    'dataResidency',
  ],
  [
    'prodae01resultssa1.blob.core.windows.net',
    'Results of Actions: logs, artifacts, caches, Australia',
    'dataResidency',
  ],
  [
    'prodae01resultssa2.blob.core.windows.net',
    'Results of Actions: logs, artifacts, caches, Australia',
    'dataResidency',
  ],
  [
    'prodae01resultssa3.blob.core.windows.net',
    'Results of Actions: logs, artifacts, caches, Australia',
    'dataResidency',
  ],
  ['memoryalphaprodjpw01.blob.core.windows.net', 'Large files, Japan', 'dataResidency'],
  [
    'prodjpw01resultssa0.blob.core.windows.net',
    'Results of Actions: logs, artifacts, caches, Japan',
    'dataResidency',
  ],
  [
    'prodjpw01resultssa1.blob.core.windows.net',
    'Results of Actions: logs, artifacts, caches, Japan',
    'dataResidency',
  ],
  [
    'prodjpw01resultssa2.blob.core.windows.net',
    'Results of Actions: logs, artifacts, caches, Japan',
    'dataResidency',
  ],
  [
    'prodjpw01resultssa3.blob.core.windows.net',
    'Results of Actions: logs, artifacts, caches, Japan',
    'dataResidency',
  ],
];
