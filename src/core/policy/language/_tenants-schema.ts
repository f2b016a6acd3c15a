// The shape of the section `tenants`: of each vendor besides GitHub its own keys. Must not know what values look like inside.
import { z } from 'zod';
import { GITHUB } from '../../vendors/github/github.ts';
import type { Vendor } from '../../vendors/vendor.ts';

/** One string or a list, as YAML gives it. */
export type OneOrMany = string | readonly string[];

/** What a policy says under `tenants`: of each vendor, the values of each header by its key, and the mode. */
export type TenantsSource = Readonly<
  Record<string, Readonly<Record<string, OneOrMany | undefined>> | undefined>
>;

export function tenantsSchema(vendors: readonly Vendor[]): z.ZodType<TenantsSource> {
  const others = vendors.filter((vendor) => vendor !== GITHUB);
  return z.strictObject(
    Object.fromEntries(others.map((vendor) => [vendor.name, sectionOf(vendor)] as const)),
  );
}

/** Every header has its values: one without the other would be no restriction. */
function sectionOf({ title, headers }: Vendor): z.ZodType<TenantsSource[string]> {
  const values = headers.map(({ key, purpose, example }): readonly [string, z.ZodType<OneOrMany>] => [
    key,
    z.union([z.string(), z.array(z.string())]).meta({ description: purpose, examples: [example] }),
  ]);
  const shape: Record<string, z.ZodType<OneOrMany | undefined>> = {
    ...Object.fromEntries(values),
    mode: z.enum(['enforce', 'report']).optional(),
  };
  return z
    .strictObject(shape)
    .meta({ description: `Restrict accounts of ${title}.` })
    .optional();
}
