from . import asset
