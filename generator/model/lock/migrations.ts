import type { CallModel, MigrationModel } from '../addon.ts';
import { moduleName, tableName } from '../names.ts';
import type { Lock, Step } from './lock.ts';
import { migrations } from './state.ts';
import { flowXmlIds } from './xml-ids.ts';

/** One migration for each version that renames, retypes or removes something; straight calls of the runtime's helpers. */
export function buildMigrations(lock: Lock, series: string): MigrationModel[] {
  return migrations(lock).map(({ version, migration }) => ({
    version: `${series}.${version}`,
    pre: migration.flatMap((step) => preCalls(lock.connector, step)),
    post: migration.flatMap((step) => postCalls(lock.connector, step)),
  }));
}

function preCalls(code: string, step: Step): CallModel[] {
  switch (step.step) {
    case 'rename_flow':
      return [call('rename_flow', code, step.flow, step.to), ...renamedIds(code, step.flow, step.to)];
    case 'rename_column':
      return [call('rename_column', code, step.flow, step.column, step.to)];
    case 'retype_column':
      return [call('retype_column', code, step.flow, step.column, step.to)];
    case 'archive_column':
      return [call('archive_column', code, step.flow, step.column)];
    case 'archive_flow':
      return [call('archive_flow', code, step.flow)];
    case 'rename_record_field':
      return [call('rename_record_field', code, step.flow, step.field, step.to)];
    case 'archive_record_field':
      return [call('archive_record_field', code, step.flow, step.field)];
  }
}

/** Messages that wait change their state through the gate, which the registry has to be there for. */
function postCalls(code: string, step: Step): CallModel[] {
  return step.step === 'archive_flow' ? [call('close_flow', code, step.flow)] : [];
}

function renamedIds(code: string, from: string, to: string): CallModel[] {
  const now = flowXmlIds(to, tableName(code, to));
  return flowXmlIds(from, tableName(code, from)).map((id, index) =>
    call('rename_xml_id', moduleName(code), id, now[index] ?? ''),
  );
}

function call(helper: string, ...values: string[]): CallModel {
  return { helper, arguments: values };
}
