"""Fixed values of the runtime. Tunables are `ir.config_parameter` rows whose defaults stand here."""

STATES = [
    ("pending", "Pending"),
    ("processing", "Processing"),
    ("held", "Held"),
    ("done", "Done"),
    ("ignored", "Ignored"),
    ("dead", "Dead letter"),
]
LANES = [("critical", "Critical"), ("standard", "Standard"), ("batch", "Batch")]
ROUTE_MODES = [
    ("active", "Active"),
    ("off", "Off"),
    ("shadow", "Shadow"),
    ("manual", "Manual"),
]

# Modes in which a route may post: one path at a time, a person's release or not.
POSTING_MODES = ("active", "manual")
PATH_LOCK = 0x4D77  # class of the advisory locks of backends: the first of two keys

# From which states the gate lets a row go where. `done` is the end.
TRANSITIONS = {
    "pending": {"processing", "held", "done", "ignored", "dead"},
    "processing": {"pending", "held", "done", "ignored", "dead"},
    "held": {"pending", "ignored"},
    "dead": {"pending", "ignored"},
    "ignored": set(),
    "done": set(),
}
ATTEMPTS_SHOWN = 20  # notes of one message
PERSON_HOLD = "held_by_person"  # code of what a person holds; only a person lets it go on
OPEN_STATES = ("pending", "processing", "held")

# Who reads payloads, what was fetched for them, and commands.
RAW_GROUPS = "millwright.group_payload,millwright.group_technical"

KEY_SCOPE = "millwright"
KEY_DAYS = 365
KEY_WARNING_DAYS = 30

MAX_EVENTS_PER_BATCH = 1000
MAX_BYTES_PER_BATCH = 8 * 1024 * 1024

# ir.config_parameter defaults
BATCH_SIZE = 400
ATTEMPT_LIMIT = 8
BACKOFF_BASE_SECONDS = 30
BACKOFF_CAP_SECONDS = 3600
BACKOFF_LIMIT_SECONDS = 86400  # later than this only a clock that was turned back can mean
CLOCK_SECONDS = 60  # so much later than now only a clock that was turned back can have written
CONFLICT_FREE_TRIES = 3
CONFLICT_CAP_SECONDS = 300
STUMBLE_SECONDS = 5
COALESCE_MOST = 200  # commands of one group that are looked through at once
INCIDENTS_AT_ONCE = 20  # opened in one sweep
CRITICAL_RANK = 0
RUNNERS = 1
RUNNERS_MOST = 4  # as many as data/ir_cron.xml has
PAYLOAD_SECONDS = 90 * 86400  # retention of a flow whose contract names none
ROWS_SECONDS = 365 * 86400
PURGE_BATCH = 1000
PURGE_GRACE_SECONDS = 86400  # between payload and row: longer than any transaction that stores events
SIMULATION_LOCK_SECONDS = 2
SIMULATION_SECONDS = 30  # of one statement
LEASE_SECONDS = 120
MAX_LEASE = 200
PARAM_LEASE_SECONDS = "millwright.lease_seconds"
PARAM_BATCH_SIZE = "millwright.batch_size"
PARAM_ATTEMPT_LIMIT = "millwright.attempt_limit"
PARAM_RUNNERS = "millwright.runners"

ROTATION_HOURS = 24  # how long a secret of direct mode counts beside its successor
# How long a backend that moved to the sidecar takes callbacks too: senders repeat for days.
OVERLAP_HOURS = 72
MAX_CALLBACK_BYTES = 64 * 1024 * 1024  # a contract says less
CALLBACK_RETRY_SECONDS = 10
MODES = [("sidecar", "Sidecar"), ("direct", "Direct")]
