/** The parts of a starter spec that its author gives. */
export interface StarterNames {
  /** Short name: small letters, digits, single underscores. */
  readonly code: string;
  readonly title: string;
  /** Where the schema stands, from the spec's folder. */
  readonly schema: string;
}

/** A small spec that is sound as it is: one flow of machines, signed deliveries, every choice said aloud. */
export function starterSpec({ code, title, schema }: StarterNames): string {
  return `$schema: ${JSON.stringify(schema)}
millwright: 1

connector:
  code: ${JSON.stringify(code)} # millwright_<code> is the addon that becomes of it
  title: ${JSON.stringify(title)}
  version: 1.0.0
  odoo: '19.0'

source:
  # How a delivery proves where it comes from. The secret is never written here: the sidecar's configuration holds it.
  verify:
    profile: hmac
    algorithm: sha256
    header: X-Signature
    encoding: hex
    signs: [body]
    timestamp: none # say where it stands if the product signs one
  event_name: { path: event.type }
  events:
    MACHINE_SAVED: # the name as the product writes it
      subject: equipment/{event.machine.id} # deliveries of one subject stay in order
      time: event.at
      identity: [event.machine.id, event.at] # what makes two deliveries the same
      required: { event.machine.id: integer, event.machine.name: text, event.at: datetime }

flows:
  machine:
    title: Machines
    kind: equipment
    lane: standard
    delay_budget: 15m # held longer than this, somebody is told
    match: [[serial_no]] # finds the equipment that Odoo has already
    plant: [{ only: true }] # the only plant of the backend; held when there are several
    inputs:
      saved:
        role: apply
        on: [MACHINE_SAVED]
        record: event.machine
        key: event.machine.id
        version: event.at # an older one changes nothing
        occurred_at: event.at
    fields:
      name: { from: record.name }
      serial_no: { from: record.serial }
`;
}
