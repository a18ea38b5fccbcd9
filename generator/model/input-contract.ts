import type { Condition, Flow, Input, Instant, Lines, OneOrMany, Version } from '../spec/types.ts';
import type { FieldMapping } from '../spec/types.ts';
import { asList, asParts } from '../spec/types.ts';
import type { Json } from './canonical-json.ts';
import { fieldContract } from './field-contract.ts';
import { flowKind } from './own-fields.ts';

type Doc = { [key: string]: Json };

/** One input with the flow's field mappings merged in; a deletion needs none. */
export function inputContract(flow: Flow, input: Input): Doc {
  const kind = flowKind(flow);
  const mappings = fieldsOf(flow, input);
  const fields = Object.entries(kind.fields).flatMap(([name, field]) => {
    const mapping = mappings[name];
    return mapping === undefined ? [] : [[name, fieldContract(field, mapping, flow, input)] as const];
  });
  const version = asParts<Version>(input.version, 'from');
  const occurred = asParts<Instant>(input.occurred_at, 'from');
  return {
    role: input.role,
    on: input.on,
    when: conditions(input.when),
    otherwise: input.otherwise ?? 'ignore',
    record: asList(input.record),
    lines: linesContract(input.lines, true),
    line_key: asList(input.line_key),
    key: asList(input.key),
    version: asList(version?.from),
    version_read: { order: version?.order ?? 'time', ...instantContract(version) },
    occurred_at: asList(occurred?.from),
    occurred_at_read: instantContract(occurred),
    archive_when: conditions(input.archive_when),
    merge: input.merge ?? true,
    unlisted: input.unlisted ?? null,
    fields: Object.fromEntries(fields),
  };
}

/** A version and a business time say their offset, unless the spec says where they are meant. */
function instantContract(instant: Instant | undefined): Doc {
  return { format: instant?.format ?? 'iso', time_zone: instant?.time_zone ?? null };
}

function linesContract(value: OneOrMany<string> | Lines | undefined, isOutermost: boolean): Doc | null {
  const lines = asParts<Lines>(value, 'path');
  if (lines === undefined) return null;
  const zip = Object.entries(lines.zip ?? {}).map(([name, paths]) => [name, asList(paths)] as const);
  const net = lines.net === undefined ? null : { by: asList(lines.net.by), sum: lines.net.sum };
  return {
    from: asList(lines.path),
    zip: Object.fromEntries(zip),
    where: conditions(lines.where),
    then: linesContract(lines.then, false),
    ...(isOutermost ? { net } : {}),
  };
}

/** Conditions hold one test each, so nothing has a default here. */
export function conditions(list: readonly Condition[] | undefined): Doc[] {
  return (list ?? []).map((condition) => ({ ...condition }));
}

/** Whether an input of this role brings a list to compare with: its lines stand in one command. */
export function isSnapshot(input: Input): boolean {
  return input.role === 'check' || input.role === 'converge';
}

/** The mappings an input uses: the flow's, as far as its role takes them, overridden by its own. */
export function fieldsOf(flow: Flow, input: Input): Readonly<Record<string, FieldMapping>> {
  if (input.role === 'delete') return {};
  const { fields, lineFields } = flowKind(flow);
  const fits = (name: string): boolean =>
    !isSnapshot(input) || lineFields.includes(name) || fields[name]?.required === true;
  const shared = Object.entries(flow.fields ?? {}).filter(([name]) => fits(name));
  return { ...Object.fromEntries(shared), ...input.fields };
}
