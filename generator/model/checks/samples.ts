import type { Problem } from '../../errors.ts';
import { loadSample } from '../../spec/samples.ts';
import type { LoadedSample, Sample, SampleCommand } from '../../spec/samples.ts';
import { oneOf, show } from '../../spec/report.ts';
import type { Path, Report } from '../../spec/report.ts';
import type { Flow, Input, Spec } from '../../spec/types.ts';
import { fieldsOf } from '../input-contract.ts';
import { flowKind } from '../own-fields.ts';
import { allEvents } from './events.ts';

/** Samples by the name of their test, and what is wrong inside of their files. */
export interface Samples {
  readonly found: ReadonlyMap<string, Sample>;
  readonly problems: readonly Problem[];
}

/** Gives the text of a sample by its path from the spec's folder; undefined when there is none. */
export type ReadSample = (path: string) => string | undefined;

/** What the operations of a role are; a deletion may be carried out by cancelling. */
const OPERATIONS: Readonly<Record<string, readonly string[]>> = {
  apply: ['upsert', 'archive'],
  delete: ['delete', 'upsert'],
  post: ['post'],
  check: ['check'],
  converge: ['converge'],
};

/**
 * Reads the samples that a spec names and checks that they speak of it, and that together they show every input and every
 * field mapping. Whether they become what they say is tested in Odoo.
 */
export function checkSamples(spec: Spec, file: string, read: ReadSample, report: Report): Samples {
  const loaded = (spec.samples ?? []).flatMap((path, index) => {
    const text = read(path);
    if (text !== undefined) return [loadSample(path, text, beside(file, path))];
    report.add('sample-missing', ['samples', index], { found: 'no such file', expected: `a file ${path}` });
    return [];
  });
  checkNames(loaded, report);
  for (const { sample, report: own } of loaded) if (sample !== undefined) checkSample(spec, sample, own);
  const whole = loaded.every((one) => one.sample !== undefined && !one.report.failed);
  const samples = loaded.flatMap(({ sample }) => (sample === undefined ? [] : [sample]));
  if (spec.samples !== undefined && whole && !report.failed) checkGaps(spec, samples, report);
  return {
    found: new Map(loaded.flatMap(({ path, sample }) => (sample ? [[testName(path), sample] as const] : []))),
    problems: loaded.flatMap((one) => one.report.sorted()),
  };
}

function beside(file: string, path: string): string {
  const folder = file.split('/').slice(0, -1);
  return [...folder, path].join('/');
}

/** The file's name without folder and ending. */
function testName(path: string): string {
  return (path.split('/').at(-1) ?? path).replace(/\.json$/, '');
}

function checkNames(loaded: readonly LoadedSample[], report: Report): void {
  const seen = new Set<string>();
  for (const [index, { path }] of loaded.entries()) {
    const name = testName(path);
    if (seen.has(name))
      report.add('name-duplicate', ['samples', index], {
        found: show(name),
        expected: 'every sample under a name of its own',
      });
    seen.add(name);
  }
}

function checkSample(spec: Spec, sample: Sample, report: Report): void {
  const events = allEvents(spec).map(({ name }) => name);
  known(sample.event, events, ['event'], report);
  for (const [index, command] of sample.gives.entries())
    checkCommand(spec, sample, command, ['gives', index], report);
  for (const flow of Object.keys(sample.ignored ?? {}))
    known(flow, Object.keys(spec.flows), ['ignored', flow], report, 'key');
}

function checkCommand(spec: Spec, sample: Sample, command: SampleCommand, place: Path, report: Report): void {
  const flow = spec.flows[command.flow];
  if (!known(command.flow, Object.keys(spec.flows), [...place, 'flow'], report) || flow === undefined) return;
  const listening = Object.entries(flow.inputs).filter(([, { on }]) => on.includes(sample.event));
  const names = listening.map(([name]) => name);
  const input = flow.inputs[command.input];
  if (!known(command.input, names, [...place, 'input'], report) || input === undefined) return;
  known(command.operation, OPERATIONS[input.role] ?? [], [...place, 'operation'], report);
  const fields = [...Object.keys(flowKind(flow).fields), 'lines', 'unlisted'];
  for (const name of Object.keys(command.fields ?? {}))
    known(name, fields, [...place, 'fields', name], report, 'key');
  for (const name of Object.keys(command.columns ?? {}))
    known(name, Object.keys(flow.columns ?? {}), [...place, 'columns', name], report, 'key');
}

function known(
  name: string,
  names: readonly string[],
  place: Path,
  report: Report,
  part: 'key' | 'value' = 'value',
): boolean {
  if (names.includes(name)) return true;
  report.add('sample-unknown', place, { found: show(name), expected: oneOf(names), names, name, part });
  return false;
}

/** Every input, and every mapping that the flow or the input has of its own, is in one sample at least. */
function checkGaps(spec: Spec, samples: readonly Sample[], report: Report): void {
  const commands = samples.flatMap(({ gives }) => gives);
  for (const [name, flow] of Object.entries(spec.flows)) {
    const ofFlow = commands.filter((command) => command.flow === name);
    const shown = shownFields(ofFlow);
    for (const field of Object.keys(flow.fields ?? {}))
      if (isUsed(flow, field) && !shown.has(field)) gap(['flows', name, 'fields', field], report);
    for (const [label, input] of Object.entries(flow.inputs)) {
      const place = ['flows', name, 'inputs', label];
      const ofInput = ofFlow.filter((command) => command.input === label);
      if (ofInput.length === 0) gap(place, report);
      else ownGaps(input, shownFields(ofInput), place, report);
    }
  }
}

function ownGaps(input: Input, shown: ReadonlySet<string>, place: Path, report: Report): void {
  for (const field of Object.keys(input.fields ?? {}))
    if (!shown.has(field)) gap([...place, 'fields', field], report);
}

/** Whether an input takes the flow's mapping of a field, and not one of its own. */
function isUsed(flow: Flow, field: string): boolean {
  return Object.values(flow.inputs).some(
    (input) => field in fieldsOf(flow, input) && input.fields?.[field] === undefined,
  );
}

/** Names of the fields that stand in commands, or in their lines. */
function shownFields(commands: readonly SampleCommand[]): ReadonlySet<string> {
  const fields = commands.flatMap((command) => Object.entries(command.fields ?? {}));
  return new Set(
    fields.flatMap(([name, value]) =>
      Array.isArray(value) ? value.flatMap((line: object) => Object.keys(line)) : [name],
    ),
  );
}

function gap(place: Path, report: Report): void {
  report.add('sample-gap', place, {
    found: 'no sample that shows it',
    expected: 'one at least, once a spec has samples',
    part: 'key',
  });
}
