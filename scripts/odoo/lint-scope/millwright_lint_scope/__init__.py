"""Makes Odoo's lint suite (addon test_lint) look at our addons only, and after all of them are loaded.

As shipped, the suite walks every addon of every addons path: hours for what Odoo checks itself before a release. Only names inside
the suite's own test modules are replaced; the rest of Odoo is untouched.
"""

import importlib
import os
import pkgutil
from types import SimpleNamespace

from odoo import tools
from odoo.modules import Manifest
from odoo.tests import BaseCase

OURS = [name for name in os.environ.get("MILLWRIGHT_LINT_ADDONS", "").split(",") if name]


class _Manifests:
    """Stands in for Odoo's Manifest: the same, but all addons are ours."""

    def __getattr__(self, name):
        return getattr(Manifest, name)

    @staticmethod
    def all_addon_manifests():
        return [Manifest.for_addon(name) for name in OURS]


def _our_names():
    return OURS


class _Config:
    """Odoo's settings, with one of our addons as Odoo's root."""

    def __init__(self, root_path):
        self.root_path = root_path

    def __getitem__(self, key):
        return tools.config[key]


def _tools(root_path):
    """What test_pylint reads of odoo.tools."""
    return SimpleNamespace(
        config=_Config(root_path), constants=tools.constants, parse_version=tools.parse_version
    )


def _is_test_of(module, value):
    return isinstance(value, type) and issubclass(value, BaseCase) and value.__module__ == module.__name__


def narrow():
    tests = importlib.import_module("odoo.addons.test_lint.tests")
    for info in pkgutil.iter_modules(tests.__path__):
        if not info.name.startswith("test_") and info.name != "lint_case":
            continue
        module = importlib.import_module(f"{tests.__name__}.{info.name}")
        if hasattr(module, "Manifest"):
            module.Manifest = _Manifests()
        if hasattr(module, "get_modules"):
            module.get_modules = _our_names
        if info.name == "test_pylint" and OURS:
            module.tools = _tools(Manifest.for_addon(OURS[0]).path)
        for value in vars(module).values():
            if _is_test_of(module, value):
                value.test_tags = (value.test_tags - {"at_install"}) | {"post_install"}
