from . import callbacks, events, outbox
