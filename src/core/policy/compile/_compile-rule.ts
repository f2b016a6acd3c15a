// One rule of a document, compiled. Must not know what it names.

import type { BlockRule, Exemption, Mode, Rule } from '../language/policy-document.ts';
import type { CompiledRule } from './policy.ts';
import { compileWho } from './principal.ts';

export function compileAllow(rule: Rule, order: number): CompiledRule {
  return {
    order,
    name: rule.name,
    who: compileWho(rule.who),
    unless: compileWho(rule.unless),
    say: null,
    reportOnly: false,
    endMs: null,
    lifts: [],
    speaksNoTls: false,
  };
}

export function compileExemption(exemption: Exemption, order: number): CompiledRule {
  return {
    ...compileAllow(exemption, order),
    endMs: exemption.until?.endMs ?? null,
    lifts: exemption.vendors,
  };
}

export function compileBlock(rule: BlockRule, order: number, mode: Mode): CompiledRule {
  const reportOnly = mode === 'report' || rule.mode === 'report';
  return { ...compileAllow(rule, order), say: rule.say, reportOnly, speaksNoTls: rule.preset === 'ssh' };
}
