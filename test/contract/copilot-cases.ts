// Cases of Copilot: its own tokens, users' tokens, plans.
// Must not know the other surfaces.
import { COPILOT_LISA, COPILOT_MONA, type ContractCase } from './case.ts';
import { API_OCTO } from './seed-page.ts';

const OCTO = ['12345'];
const apiOut = { kind: 'refuse', by: 'C-API-OUT', status: 403, message: API_OCTO } as const;
const copilotOut = { ...apiOut, by: 'C-COPILOT-OUT' } as const;

export const COPILOT_CASES: readonly ContractCase[] = [
  {
    id: 'C-COPILOT-OUT',
    sign: 'positive',
    name: 'a Copilot token of an outsider',
    asked: {
      url: 'https://api.githubcopilot.com/chat/completions',
      method: 'POST',
      token: COPILOT_LISA,
      restriction: OCTO,
    },
    says: copilotOut,
  },
  {
    id: 'C-COPILOT-OUT',
    sign: 'positive',
    name: 'gho_ of an outsider',
    asked: {
      url: 'https://api.githubcopilot.com/models',
      token: 'gho_MonalisaOauth00000000000000000000000',
      restriction: OCTO,
    },
    says: copilotOut,
  },
  {
    id: 'C-COPILOT-OUT',
    sign: 'positive',
    name: 'ghu_ of an outsider, asking for a Copilot token',
    asked: {
      url: 'https://api.github.com/copilot_internal/v2/token',
      token: 'ghu_MonalisaApp0000000000000000000000000',
      restriction: OCTO,
    },
    says: copilotOut,
  },
  {
    id: 'C-COPILOT-OUT',
    sign: 'positive',
    name: 'before the plan is looked at',
    asked: { url: 'https://api.business.githubcopilot.com/models', token: COPILOT_LISA, restriction: OCTO },
    says: copilotOut,
  },
  {
    id: 'C-COPILOT-OUT',
    sign: 'negative',
    name: 'a Copilot token of a member',
    asked: {
      url: 'https://api.githubcopilot.com/chat/completions',
      method: 'POST',
      token: COPILOT_MONA,
      restriction: OCTO,
    },
    says: { kind: 'proceed', by: 'C-API-IN' },
  },
  {
    id: 'C-COPILOT-OUT',
    sign: 'negative',
    name: "an outsider's, without the header",
    asked: { url: 'https://api.githubcopilot.com/chat/completions', method: 'POST', token: COPILOT_LISA },
    says: { kind: 'proceed', by: 'C-05' },
  },

  {
    id: 'C-COPILOT-PLAN',
    sign: 'positive',
    name: "a business token on an enterprise plan's host",
    asked: { url: 'https://api.enterprise.githubcopilot.com/models', token: COPILOT_MONA },
    says: { kind: 'refuse', by: 'C-COPILOT-PLAN', status: 421, message: 'Misdirected Request' },
  },
  {
    id: 'C-COPILOT-PLAN',
    sign: 'positive',
    name: 'with the header too',
    asked: {
      url: 'https://proxy.individual.githubcopilot.com/v1/engines/x/completions',
      method: 'POST',
      token: COPILOT_MONA,
      restriction: OCTO,
    },
    says: { kind: 'refuse', by: 'C-COPILOT-PLAN', status: 421 },
  },
  {
    id: 'C-COPILOT-PLAN',
    sign: 'negative',
    name: 'on the host of its plan',
    asked: { url: 'https://api.business.githubcopilot.com/models', token: COPILOT_MONA, restriction: OCTO },
    says: { kind: 'proceed', by: 'C-API-IN' },
  },
  {
    id: 'C-COPILOT-PLAN',
    sign: 'negative',
    name: 'on a generic host',
    asked: { url: 'https://api.githubcopilot.com/models', token: COPILOT_MONA },
    says: { kind: 'proceed', by: 'C-05' },
  },
];
