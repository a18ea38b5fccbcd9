/** Quantities as whole numbers of millionths, so that adding up is exact. */
export type Millionths = bigint;

/** Reads a JSON or RPC number. Binary noise below a millionth is dropped; Odoo keeps hundredths. */
export function toMillionths(value: number): Millionths {
  if (!Number.isFinite(value)) throw new RangeError(`${value} is not a quantity`);
  const text = value.toFixed(6);
  return BigInt(text.replace('.', ''));
}

export function show(amount: Millionths): string {
  const sign = amount < 0n ? '-' : '';
  const digits = (amount < 0n ? -amount : amount).toString().padStart(7, '0');
  const fraction = digits.slice(-6).replace(/0+$/, '');
  return `${sign}${digits.slice(0, -6)}${fraction === '' ? '' : `.${fraction}`}`;
}
