// The section `tenants`: values for the headers of vendors besides GitHub, read by each vendor's own grammar.
// Must not know any vendor.
import { nearestSpelling } from '../../base/document.ts';
import { GITHUB } from '../../vendors/github/github.ts';
import type { VendorHeader } from '../../vendors/vendor.ts';
import { itemsOf, type Path, placeOfKey, type Reading, refuse } from './_read-rule.ts';
import type { OneOrMany, TenantsSource } from './_tenants-schema.ts';
import type { Tenant } from './policy-document.ts';

export function readTenants(reading: Reading, source: TenantsSource | undefined): readonly Tenant[] {
  return reading.vendors.flatMap((vendor): Tenant[] => {
    const written = source?.[vendor.name];
    if (written === undefined) return [];
    const values = vendor.headers.map((header) => {
      const path: Path = ['tenants', vendor.name, header.key];
      const list = readValues(reading, header, { list: written[header.key], path });
      return { header, value: list.join(header.separator) };
    });
    const mode = written['mode'] === 'report' ? 'report' : 'enforce';
    return [{ vendor, values, mode, place: placeOfKey(reading, ['tenants'], vendor.name) }];
  });
}

/** The values of a vendor's header; what its grammar does not know is noted. */
export function readValues(
  reading: Reading,
  { fault, most, noun }: VendorHeader,
  { list, path }: { readonly list: OneOrMany | undefined; readonly path: Path },
): readonly string[] {
  const items = itemsOf(reading, list, path) ?? [];
  for (const [value, at] of items) {
    const found = fault(value);
    if (found !== null) refuse(reading, at, { value, ...found });
  }
  if (most !== null && items.length > most) {
    const problem = `a header names at most ${most} ${noun}`;
    refuse(reading, path, { value: `${items.length} entries`, problem, mend: `keep ${most} of them` });
  }
  return items.map(([value]) => value);
}

/** Whose headers an exemption lifts: GitHub's, unless it says which. */
export function readVendors(reading: Reading, list: OneOrMany | undefined, path: Path): readonly string[] {
  const items = itemsOf(reading, list, path);
  if (items === null) return [GITHUB.name];
  const known = reading.vendors.map(({ name }) => name);
  for (const [name, at] of items) {
    if (known.includes(name)) continue;
    const near = nearestSpelling(name, known);
    const mend = near === null ? `known vendors: ${known.join(', ')}` : `did you mean "${near}"?`;
    refuse(reading, at, { value: name, problem: 'no vendor has this name', mend });
  }
  return items.map(([name]) => name);
}
