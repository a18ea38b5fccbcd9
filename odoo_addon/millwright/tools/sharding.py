"""Which runner a command belongs to: a stable hash of its shard key, cut into equal ranges."""

import hashlib

SHARDS = 1 << 15


def shard_of(text):
    """Number from 0 to SHARDS - 1, the same in every process and version."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") % SHARDS


def shard_range(index, count):
    """(first, end) of the shards of runner `index` of `count`; all runners together have each once."""
    return index * SHARDS // count, (index + 1) * SHARDS // count
