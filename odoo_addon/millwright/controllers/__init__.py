from . import events, outbox
