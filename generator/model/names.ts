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

/** `MillwrightAcmeWorkOrder`. */
export function className(code: string, flow: string): string {
  return `millwright_${code}_${flow}`
    .split('_')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}
