/** What a dispatcher says about itself. */
export interface DeliveryStatus {
  /** `waiting`: Odoo or the product does not answer for the moment; `blocked`: it refuses us, a person must act. */
  state: 'idle' | 'working' | 'waiting' | 'blocked' | 'stopped';
  reason: string | null;
  /** Since when nothing got through; null while all is well. */
  since: number | null;
}

/** How one run of a scheduled read ended. */
export interface ReadOutcome {
  backend: string;
  read: string;
  pages: number;
  items: number;
  accepted: number;
  duplicates: number;
  held: number;
  error: string | null;
}
