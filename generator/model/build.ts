import type { Sample } from '../spec/samples.ts';
import type { ColumnType, Flow, Spec } from '../spec/types.ts';
import type { AddonModel, FlowModel } from './addon.ts';
import type { Contract } from './contract.ts';
import { dictionary } from './dictionary.ts';
import { asyncApi } from './documents/asyncapi.ts';
import { openApi } from './documents/openapi.ts';
import type { Lock } from './lock/lock.ts';
import { buildMigrations } from './lock/migrations.ts';
import { MENU_ID } from './lock/xml-ids.ts';
import { recordModels } from './record-models.ts';
import { RECORDS } from './records.ts';
import { className, defaultLabel, modelName, moduleName, tableName } from './names.ts';

const FIELD_CLASSES: Readonly<Record<ColumnType, string>> = {
  text: 'Char',
  integer: 'Integer',
  decimal: 'Float',
  boolean: 'Boolean',
  datetime: 'Datetime',
  date: 'Date',
};

/** Decides everything about the addon of a spec that has passed every check. */
export function buildAddon(
  spec: Spec,
  specPath: string,
  contract: Contract,
  lock: Lock,
  samples: ReadonlyMap<string, Sample>,
): AddonModel {
  const { code, title, version, odoo } = spec.connector;
  return {
    specPath,
    module: moduleName(code),
    code,
    title,
    version: `${odoo}.${version}`,
    hash: contract.hash,
    contract,
    documents: { 'docs/asyncapi.json': asyncApi(spec), 'docs/openapi.json': openApi(spec) },
    samples,
    menuId: MENU_ID,
    migrations: buildMigrations(lock, odoo),
    translations: spec.translations ?? {},
    records: recordModels(spec),
    flows: Object.entries(spec.flows).map(([name, flow], index) => flowModel(spec, name, flow, index)),
  };
}

function flowModel(spec: Spec, name: string, flow: Flow, index: number): FlowModel {
  const { code, title } = spec.connector;
  const record = RECORDS[flow.kind];
  return {
    name,
    title: flow.title,
    model: modelName(code, name),
    table: tableName(code, name),
    className: className(code, name),
    description: `${title}: ${flow.title}`,
    record:
      record === undefined
        ? null
        : {
            field: record.field,
            model: record.model,
            label: record.label,
            ownLabel: record.label !== defaultLabel(record.field),
          },
    externalId: Object.values(flow.inputs).some(({ role }) => role === 'post') ? 'hide' : 'show',
    columns: Object.entries(flow.columns ?? {}).map(([column, { type, title: label }]) => ({
      name: column,
      fieldClass: FIELD_CLASSES[type],
      type,
      label,
      ownLabel: label !== defaultLabel(column),
    })),
    dictionary: dictionary(flow),
    sequence: (index + 1) * 10,
  };
}
