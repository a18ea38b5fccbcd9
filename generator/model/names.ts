/** Names of what is generated. PostgreSQL cuts identifiers at 63 bytes; Odoo names constraints `<table>_<name>`. */
export const MAX_IDENTIFIER = 63;

export function moduleName(code: string): string {
  return `millwright_${code}`;
}

export function modelName(code: string, flow: string): string {
  return `millwright.${code}.${flow}`;
}

export function tableName(code: string, flow: string): string {
  return `millwright_${code}_${flow}`;
}

/** A field that a connector adds to a record of Odoo: no other connector has one of this name. */
export function addedFieldName(code: string, name: string): string {
  return `millwright_${code}_${name}`;
}

/** `MillwrightCodeFlowName` of `code` and `flow_name`. */
export function className(code: string, flow: string): string {
  return `millwright_${code}_${flow}`
    .split('_')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}

const PYTHON =
  'and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass ' +
  'raise return try while with yield self cls fields models api';
const SQL =
  'all analyse analyze any array asc asymmetric both case cast check collate column constraint create current_date current_time current_user ' +
  'default deferrable desc distinct do end except false fetch foreign from grant group having initially intersect into lateral leading limit ' +
  'localtime natural null offset on only order placing primary references returning select session_user some symmetric table then to trailing ' +
  'true union unique user using variadic when where window';
/** Fields of the runtime's mixin, of every Odoo model, and the record links. */
const FIELDS =
  'id display_name create_uid create_date write_uid write_date active parent_id parent_path sequence color company_id backend_id plant_id ' +
  'external_id synchronised_version occurred_at state lane attempts next_attempt_at last_error last_message_id equipment_id request_id move_id';
/** Attributes of every Odoo model that a field would hide. */
const MODEL =
  'browse concat copy copy_data create default_get ensure_one env exists export_data fields_get filtered filtered_domain flush_model ' +
  'flush_recordset get_metadata get_property_definition grouped ids invalidate_model invalidate_recordset load lock_for_update mapped modified ' +
  'name_create name_search new onchange pool read search search_count search_fetch search_read sorted sudo try_lock_for_update ' +
  'unlink update user_has_groups view_init web_read web_save with_company with_context with_env with_prefetch with_user write';

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '));
const RESERVED_WORDS = words(PYTHON);
const RESERVED_COLUMNS = new Set([...RESERVED_WORDS, ...words(SQL), ...words(FIELDS), ...words(MODEL)]);
const RESERVED_PREFIX = /^(x|message|activity|action|millwright)_/;

/** Whether a name cannot be a Python module or part of one. */
export function isReservedWord(name: string): boolean {
  return RESERVED_WORDS.has(name);
}

/** Whether a name cannot be a column of an integration model. */
export function isReservedColumn(name: string): boolean {
  return RESERVED_COLUMNS.has(name) || RESERVED_PREFIX.test(name);
}

/** The label that Odoo gives a field without one. */
export function defaultLabel(name: string): string {
  return name
    .replace(/_ids?$/, '')
    .replaceAll('_', ' ')
    .replaceAll(/(?<![a-z])[a-z]/g, (letter) => letter.toUpperCase());
}
