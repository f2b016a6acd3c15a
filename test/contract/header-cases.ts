// Cases of "the header itself": errors of configuration.
import { type ContractCase, HUGO, LISA, MONA } from './case.ts';
import { API_BOTH, API_OCTO, HEADERS, MANY, UNKNOWN } from './seed-page.ts';

const USER = 'https://api.github.com/user';
const TWENTY_ONE = Array.from({ length: 21 }, () => '12345').join(',');
const refusedApi = { kind: 'refuse', by: 'C-API-OUT', status: 403, message: API_OCTO } as const;
const unknown = { kind: 'refuse', by: 'C-400-UNKNOWN', status: 400, message: UNKNOWN } as const;
const many = { kind: 'refuse', by: 'C-400-MANY', status: 400, message: MANY } as const;
const headers = { kind: 'refuse', by: 'C-400-HEADERS', status: 400, message: HEADERS } as const;

export const HEADER_CASES: readonly ContractCase[] = [
  {
    id: 'C-400-UNKNOWN',
    sign: 'positive',
    name: 'an ID that nobody has',
    asked: { url: USER, restriction: ['99999'], token: MONA },
    says: unknown,
  },
  {
    id: 'C-400-UNKNOWN',
    sign: 'positive',
    name: 'a slug that nobody has',
    asked: { url: USER, restriction: ['octocorp'], token: MONA },
    says: unknown,
  },
  {
    id: 'C-400-UNKNOWN',
    sign: 'positive',
    name: 'an enterprise without the feature',
    asked: { url: USER, restriction: ['dormant-corp'], token: MONA },
    says: unknown,
  },
  {
    id: 'C-400-UNKNOWN',
    sign: 'positive',
    name: 'one unknown entry makes the list unknown',
    asked: { url: USER, restriction: ['12345, 99999'], token: MONA },
    says: unknown,
  },
  {
    id: 'C-400-UNKNOWN',
    sign: 'positive',
    name: 'an empty entry is unknown',
    asked: { url: USER, restriction: ['12345,'], token: MONA },
    says: unknown,
  },
  {
    id: 'C-400-UNKNOWN',
    sign: 'positive',
    name: 'it comes before the anonymous page',
    asked: { url: 'https://github.com/', restriction: ['99999'] },
    says: unknown,
  },
  {
    id: 'C-400-UNKNOWN',
    sign: 'positive',
    name: 'it comes before bad credentials',
    asked: { url: USER, restriction: ['99999'], token: 'ghp_nobody' },
    says: unknown,
  },
  {
    id: 'C-400-UNKNOWN',
    sign: 'positive',
    name: 'it comes before sign-in pages',
    asked: { url: 'https://github.com/login', restriction: ['99999'], session: 'monalisa' },
    says: unknown,
  },
  {
    id: 'C-400-UNKNOWN',
    sign: 'negative',
    name: 'an ID is known',
    asked: { url: USER, restriction: ['12345'], token: MONA },
    says: { kind: 'proceed', by: 'C-API-IN' },
  },
  {
    id: 'C-400-UNKNOWN',
    sign: 'negative',
    name: 'a slug is known',
    asked: { url: USER, restriction: ['octo-corp'], token: MONA },
    says: { kind: 'proceed', by: 'C-API-IN' },
  },
  {
    id: 'C-400-UNKNOWN',
    sign: 'negative',
    name: 'blanks and capitals change nothing',
    asked: { url: USER, restriction: ['  Octo-Corp '], token: MONA },
    says: { kind: 'proceed', by: 'C-API-IN' },
  },

  {
    id: 'C-400-MANY',
    sign: 'positive',
    name: 'two, where one is the contract',
    world: { multipleEnterprises: 'reject' },
    asked: { url: USER, restriction: ['12345,67890'], token: MONA },
    says: many,
  },
  {
    id: 'C-400-MANY',
    sign: 'positive',
    name: 'two come before unknown',
    world: { multipleEnterprises: 'reject' },
    asked: { url: USER, restriction: ['12345,nobody'], token: MONA },
    says: many,
  },
  {
    id: 'C-400-MANY',
    sign: 'positive',
    name: 'twenty-one, where twenty may be',
    asked: { url: USER, restriction: [TWENTY_ONE], token: MONA },
    says: many,
  },
  {
    id: 'C-400-MANY',
    sign: 'negative',
    name: 'one, where one is the contract',
    world: { multipleEnterprises: 'reject' },
    asked: { url: USER, restriction: ['12345'], token: MONA },
    says: { kind: 'proceed', by: 'C-API-IN' },
  },
  {
    id: 'C-400-MANY',
    sign: 'negative',
    name: 'twenty, where twenty may be',
    asked: { url: USER, restriction: [TWENTY_ONE.slice(6)], token: MONA },
    says: { kind: 'proceed', by: 'C-API-IN' },
  },
  {
    id: 'C-400-MANY',
    sign: 'negative',
    name: 'two enterprises let both in',
    asked: { url: USER, restriction: ['12345, hexa-corp'], token: HUGO },
    says: { kind: 'proceed', by: 'C-API-IN' },
  },
  {
    id: 'C-400-MANY',
    sign: 'negative',
    name: 'two enterprises keep a stranger out, and are both named',
    asked: { url: USER, restriction: ['12345, hexa-corp'], token: LISA },
    says: { ...refusedApi, message: API_BOTH },
  },
  {
    id: 'C-400-MANY',
    sign: 'negative',
    name: 'one named twice is named once',
    asked: { url: USER, restriction: ['12345, octo-corp'], token: LISA },
    says: refusedApi,
  },

  {
    id: 'C-400-HEADERS',
    sign: 'positive',
    name: 'two lines',
    asked: { url: USER, restriction: ['12345', '67890'], token: MONA },
    says: headers,
  },
  {
    id: 'C-400-HEADERS',
    sign: 'positive',
    name: 'the same line twice',
    asked: { url: USER, restriction: ['12345', '12345'], token: MONA },
    says: headers,
  },
  {
    id: 'C-400-HEADERS',
    sign: 'positive',
    name: 'it comes before many and unknown',
    asked: { url: USER, restriction: [TWENTY_ONE, 'nobody'], token: MONA },
    says: headers,
  },
  {
    id: 'C-400-HEADERS',
    sign: 'positive',
    name: 'on a Copilot host too',
    asked: { url: 'https://api.githubcopilot.com/models', restriction: ['12345', '12345'] },
    says: headers,
  },
  {
    id: 'C-400-HEADERS',
    sign: 'negative',
    name: 'one line',
    asked: { url: USER, restriction: ['12345'], token: MONA },
    says: { kind: 'proceed', by: 'C-API-IN' },
  },
];
