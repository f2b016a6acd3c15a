// Whom the gate believes upstream, read from the system or from PEM files, each certificate by itself.
// Must not know how a chain is proved.
import { X509Certificate } from 'node:crypto';
import fs from 'node:fs';
import tls from 'node:tls';
import { readRegularFile } from '../../core/base/regular-file.ts';
import { err, ok, type Result } from '../../core/base/result.ts';
import type { Trouble } from '../../core/base/trouble.ts';
import type { Settings } from '../../core/settings/settings.ts';
import { failed, thrownTrouble } from '../trouble.ts';

/** PEM certificates; trouble names the file, and the certificate in it by its number and line. */
export function readRoots(settings: Settings): Result<readonly string[], Trouble> {
  const { roots } = settings.upstream;
  if (roots === 'system') {
    // A broken one in the system's store is the system's: it proves nothing, and the gate goes on without it.
    const system = tls.getCACertificates('system').filter((pem) => certificateFault(pem) === null);
    return ok(system.length > 0 ? system : tls.getCACertificates('bundled'));
  }
  const pems: string[] = [];
  for (const file of roots) {
    const read = readRootsFile(file);
    if (!read.ok) return read;
    pems.push(...read.value);
  }
  return ok(pems);
}

function readRootsFile(file: string): Result<readonly string[], Trouble> {
  let text: string;
  try {
    text = Buffer.from(readRegularFile(file, fs)).toString();
  } catch (error) {
    return err(thrownTrouble(`Cannot read the roots in "${file}"`, error));
  }
  const pems: string[] = [];
  for (const begin of text.matchAll(BEGIN)) {
    const [pem = ''] = CERTIFICATE_PEM.exec(text.slice(begin.index)) ?? [];
    const fault = certificateFault(pem);
    if (fault !== null) {
      const line = text.slice(0, begin.index).split('\n').length;
      const message = `Cannot trust the roots in "${file}": certificate ${pems.length + 1}, at line ${line}, cannot be read (${fault}). Take it out, or put a whole one in its place.`;
      return err(failed(message));
    }
    pems.push(pem);
  }
  if (pems.length > 0) return ok(pems);
  return err(failed(`Cannot trust the roots in "${file}": it holds no PEM certificate.`));
}

function certificateFault(pem: string): string | null {
  if (pem === '') return 'it has no end';
  try {
    return new X509Certificate(pem).raw.length > 0 ? null : 'it is empty';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const BEGIN = /-----BEGIN CERTIFICATE-----/g;
const CERTIFICATE_PEM = /^-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/;
