import { show } from '../../spec/report.ts';
import type { Path, Report } from '../../spec/report.ts';
import type { Flow, Input, Instant, Version } from '../../spec/types.ts';
import { asParts } from '../../spec/types.ts';
import { FORMATS, isFormat } from '../formats.ts';
import type { PathChecker, Scopes } from './paths.ts';

export function checkFormat(format: string | undefined, place: Path, report: Report): void {
  if (format === undefined || isFormat(format) || report.isBroken(place)) return;
  report.add('format-invalid', place, {
    found: show(format),
    expected: `one of ${FORMATS.join(', ')}, or a pattern such as dd.MM.yyyy HH:mm`,
    names: FORMATS,
    name: format,
  });
}

/** Version and business time of one input. */
export function checkMoments(
  input: Input,
  place: Path,
  scopes: Scopes,
  paths: PathChecker,
  report: Report,
): void {
  for (const key of ['version', 'occurred_at'] as const) {
    const value = input[key];
    const isPath = typeof value === 'string' || Array.isArray(value);
    const part = asParts<Version | Instant>(value, 'from');
    paths.sources(part?.from, isPath ? [...place, key] : [...place, key, 'from'], scopes);
    checkFormat(part?.format, [...place, key, 'format'], report);
  }
  checkOrder(asParts<Version>(input.version, 'from'), [...place, 'version'], report);
}

function checkOrder(version: Version | undefined, place: Path, report: Report): void {
  if (version === undefined || report.isBroken(place)) return;
  const { from, order = 'time' } = version;
  if ((order === 'arrival') === (from === undefined)) {
    for (const key of ['format', 'time_zone'] as const) {
      if (version[key] === undefined || order === 'time') continue;
      report.add('field-key-invalid', [...place, key], {
        found: show(key),
        expected: 'it with order time only',
        part: 'key',
      });
    }
    return;
  }
  report.add('field-source', place, {
    found: from === undefined ? 'no from' : 'from and order arrival',
    expected: 'from, or order arrival alone',
    part: 'key',
  });
}

/** Versions that are compared with each other are compared in one way. */
export function checkVersions(flow: Flow, place: Path, report: Report): void {
  const inputs = Object.entries(flow.inputs).map(
    ([name, input]) => [name, asParts<Version>(input.version, 'from')?.order ?? 'time'] as const,
  );
  const first = inputs[0]?.[1] ?? 'time';
  for (const [name, order] of inputs) {
    if (order === first || report.isBroken([...place, 'inputs', name])) continue;
    report.add('version-mixed', [...place, 'inputs', name, 'version'], {
      found: `order ${order}`,
      expected: `order ${first}, as the first input of the flow has`,
      part: 'key',
    });
  }
}
