import type { Sample } from '../spec/samples.ts';
import type { ColumnType, OwnFieldType, Translations } from '../spec/types.ts';
import type { Json } from './canonical-json.ts';

/** Everything a template may say about an addon: all names and values decided, none quoted yet. */
export interface AddonModel {
  /** Where the spec stands, as the notice of every generated file names it. */
  readonly specPath: string;
  readonly module: string;
  readonly code: string;
  readonly title: string;
  /** Version of the addon: series and spec version. */
  readonly version: string;
  readonly hash: string;
  readonly contract: { readonly [key: string]: Json };
  /** Descriptions of what is sent and answered: path below the addon's folder to the plain document. */
  readonly documents: { readonly [path: string]: { readonly [key: string]: Json } };
  /** Deliveries that the generated tests carry out, by the name of the test. */
  readonly samples: ReadonlyMap<string, Sample>;
  readonly menuId: string;
  readonly flows: readonly FlowModel[];
  readonly records: readonly RecordModel[];
  readonly migrations: readonly MigrationModel[];
  readonly translations: Translations;
}

/** The scripts that bring a database to one version: straight calls, each argument a text or a list of texts. */
export interface MigrationModel {
  /** The addon's version: the folder's name. */
  readonly version: string;
  readonly pre: readonly CallModel[];
  readonly post: readonly CallModel[];
}

export interface CallModel {
  readonly helper: string;
  readonly arguments: readonly string[];
}

export interface FlowModel {
  readonly name: string;
  readonly title: string;
  readonly model: string;
  readonly table: string;
  readonly className: string;
  readonly description: string;
  /** None while the runtime has no handler for the kind. */
  readonly record: RecordLink | null;
  /** Whether lists show the external id: that of a posting is a digest, which tells nobody anything. */
  readonly externalId: 'show' | 'hide';
  readonly columns: readonly ColumnModel[];
  readonly dictionary: readonly DictionaryRow[];
  readonly sequence: number;
}

/** A record of Odoo that the connector adds fields to. */
export interface RecordModel {
  readonly model: string;
  readonly table: string;
  readonly className: string;
  /** XML id of the form that is extended, and of our extension. */
  readonly form: string;
  readonly viewId: string;
  readonly fields: readonly RecordFieldModel[];
}

export interface RecordFieldModel {
  readonly name: string;
  readonly fieldClass: string;
  readonly type: OwnFieldType;
  readonly label: string;
  readonly ownLabel: boolean;
  readonly help: string | null;
  readonly values: readonly { readonly value: string; readonly label: string }[];
}

/** The many2one from an integration row to the Odoo record it is bound to. */
export interface RecordLink {
  readonly field: string;
  readonly model: string;
  readonly label: string;
  readonly ownLabel: boolean;
}

export interface ColumnModel {
  readonly name: string;
  readonly fieldClass: string;
  readonly type: ColumnType;
  readonly label: string;
  /** Whether Odoo would make another label of the name. */
  readonly ownLabel: boolean;
}

/** One line of the data dictionary. */
export interface DictionaryRow {
  readonly input: string;
  readonly to: string;
  readonly from: string;
  readonly rule: string;
}
