// `gatewright schema`: JSON Schemas of the files and records, for editors and programs.
// Must not know what they mean.
import { Command } from 'commander';
import { z } from 'zod';
import { worldSchema } from '../../core/contract/world.ts';
import { policyTestJsonSchema } from '../../core/policy/compare/policy-test.ts';
import { includeJsonSchema, policyJsonSchema } from '../../core/policy/language/policy-schema.ts';
import { auditEventJsonSchema } from '../../core/record/event-schema.ts';
import { settingsJsonSchema } from '../../core/settings/settings-document.ts';
import { type Cli, examples, sayJson } from '../cli.ts';
import { EXIT } from '../exit-status.ts';

const SCHEMAS = {
  policy: policyJsonSchema,
  include: includeJsonSchema,
  tests: policyTestJsonSchema,
  settings: settingsJsonSchema,
  record: auditEventJsonSchema,
  world: () => ({ ...z.toJSONSchema(worldSchema(), { io: 'input' }), title: 'Gatewright simulated world' }),
} as const;
type SchemaName = keyof typeof SCHEMAS;

export function schemaCommand(cli: Cli): Command {
  return new Command('schema')
    .description('print a JSON Schema: policy, include, tests, settings, record or world')
    .addArgument(new Command().createArgument('<name>', 'which').choices(Object.keys(SCHEMAS)))
    .addHelpText(
      'after',
      examples(
        ['gatewright schema policy > policy.schema.json', 'editors then complete policy.yaml'],
        ['gatewright schema include > include.schema.json', 'and files that it includes'],
        ['gatewright schema record', 'one line of the record'],
      ),
    )
    .action((name: SchemaName) => {
      sayJson(cli, SCHEMAS[name]());
      cli.end(EXIT.fine);
    });
}
