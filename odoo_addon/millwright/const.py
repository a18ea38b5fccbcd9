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

# From which states the gate lets a row go where. `done` is the end.
TRANSITIONS = {
    "pending": {"processing", "held", "done", "ignored", "dead"},
    "processing": {"pending", "held", "done", "ignored", "dead"},
    "held": {"pending", "ignored"},
    "dead": {"pending", "ignored"},
    "ignored": set(),
    "done": set(),
}
OPEN_STATES = ("pending", "processing", "held")

KEY_SCOPE = "millwright"
KEY_DAYS = 365

MAX_EVENTS_PER_BATCH = 1000
MAX_BYTES_PER_BATCH = 8 * 1024 * 1024

# ir.config_parameter defaults
BATCH_SIZE = 200
ATTEMPT_LIMIT = 8
BACKOFF_BASE_SECONDS = 30
BACKOFF_CAP_SECONDS = 3600
PARAM_BATCH_SIZE = "millwright.batch_size"
PARAM_ATTEMPT_LIMIT = "millwright.attempt_limit"
