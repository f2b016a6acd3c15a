// Slack: two headers that name the workspaces and organizations that a network approves. Must not know policies.
import { isAtOrUnder } from '../base/hostname.ts';
import type { Source } from './source.ts';
import type { ValueFault, Vendor } from './vendor.ts';

const APPROVE: Source = {
  title: 'Approve Slack workspaces for your network',
  url: 'https://slack.com/help/articles/360024821873-Approve-Slack-workspaces-for-your-network',
  date: '2026-12-01',
};

/** The page says that the first header must be there for the second to work, and names one ID alone. */
export const SLACK: Vendor = {
  name: 'slack',
  title: 'Slack',
  headers: [
    {
      name: 'X-Slack-Allowed-Workspaces-Requester',
      key: 'requester',
      purpose: 'The ID of the workspace or organization of your Business+ or Enterprise account.',
      example: ['T0123ABCD'],
      fault: idFault,
      most: 1,
      noun: 'workspace or organization',
      separator: ',',
      source: APPROVE,
    },
    {
      name: 'X-Slack-Allowed-Workspaces',
      key: 'workspaces',
      purpose: 'The IDs of the workspaces and organizations that people may sign in to.',
      example: ['T0123ABCD', 'E0456EFGH'],
      fault: idFault,
      most: null,
      noun: 'workspaces or organizations',
      separator: ',',
      source: APPROVE,
    },
  ],
  hosts: ['slack.com', '*.slack.com'],
  knownHosts: ['slack.com'],
  guardedDomains: [],
  answers: {
    isFrom: (host) => isAtOrUnder(host, 'slack.com'),
    requestId: null,
    byStatus: () => null,
    telling: [],
    byBody: () => null,
    meanings: {},
  },
  words: {
    host: 'a host of Slack',
    stampedFor: ([, workspaces = '']) => `for the Slack workspaces ${workspaces.replaceAll(',', ', ')}`,
  },
};

function idFault(id: string): ValueFault | null {
  if (/^[A-Z][A-Z0-9]{2,20}$/.test(id)) return null;
  return {
    problem: 'the ID of a workspace or an organization has capital letters and digits alone',
    mend: 'write it as Slack does, T0123ABCD or E0456EFGH, one per entry',
  };
}
