"""Runs the tests of `odoo_addon/millwright/tools` without Odoo and without a database.

    python3 test/odoo/plain_tools.py [-v] [test_tools_paths …]

The same files run inside Odoo, where `BaseCase` and `tagged` are Odoo's own. Here two stand-ins take their place, and
the addon is opened as a package without its `__init__.py`, which would import the models.
"""

import importlib
import sys
import types
import unittest
from pathlib import Path

ADDON = Path(__file__).resolve().parents[2] / "odoo_addon" / "millwright"


def package(name: str, folder: Path | None = None, **names: object) -> None:
    """Register a package whose modules are found in the folder."""
    module = types.ModuleType(name)
    module.__path__ = [str(folder)] if folder else []
    module.__dict__.update(names)
    sys.modules[name] = module


def main(arguments: list[str]) -> int:
    package("odoo")
    package("odoo.tests", BaseCase=unittest.TestCase, tagged=lambda *_tags: lambda case: case)
    package("millwright", ADDON)
    package("millwright.tests", ADDON / "tests")
    wanted = [name for name in arguments if not name.startswith("-")]
    names = wanted or sorted(path.stem for path in (ADDON / "tests").glob("test_tools_*.py"))
    modules = [importlib.import_module(f"millwright.tests.{name}") for name in names]
    suite = unittest.TestSuite(unittest.defaultTestLoader.loadTestsFromModule(module) for module in modules)
    result = unittest.TextTestRunner(verbosity=2 if "-v" in arguments else 1).run(suite)
    return 0 if result.wasSuccessful() and result.testsRun else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
