import json

from odoo.tests import BaseCase, tagged

from ..tools.sidecar_config import backends_file, variables

SETTINGS = {
    "code": "packing-1",
    "connector": "acme",
    "odoo_url": "https://erp.example.com",
    "database": "plant",
    "public_url": "https://in.example.com/callbacks/packing-1",
    "api_url": "https://cmms.example.com/api",
    "writes": False,
}


def contract(verify=None, *, fetch=(), reads=(), read=True):
    return {
        "source": {"verify": verify or [{"profile": "hmac", "secret": None}], "read": read or None},
        "events": {"CHANGED": {"fetch": list(fetch)}},
        "reads": {name: {} for name in reads},
    }


@tagged("post_install", "-at_install", "millwright")
class TestToolsSidecarConfig(BaseCase):
    def backend(self, document, **settings):
        (backend,) = json.loads(backends_file({**SETTINGS, **settings}, document))["backends"]
        return backend

    def names(self, document, **settings):
        text = variables({**SETTINGS, **settings}, document, "test", "the-key")
        return dict(line.split("=", 1) for line in text.splitlines())

    def test_each_scheme_has_a_secret_of_its_own_and_one_name_is_asked_for_once(self):
        schemes = [
            {"profile": "hmac", "secret": None},
            {"profile": "basic", "secret": "portal"},
            {"profile": "hmac", "secret": None},
            {"profile": "networks"},
        ]
        self.assertEqual(
            self.backend(contract(schemes))["callback_secrets"],
            [
                {"env": "CMMS_PACKING_1_CALLBACK_SECRET"},
                {"env": "CMMS_PACKING_1_CALLBACK_SECRET_PORTAL", "name": "portal"},
            ],
        )

    def test_reads_and_writes_are_configured_where_they_happen(self):
        quiet = contract()
        self.assertNotIn("read", self.backend(quiet))
        self.assertIn("read", self.backend(contract(reads=["ORDERS"])))
        both = self.backend(contract(fetch=[{}]), writes=True)
        self.assertEqual(both["read"]["base_url"], SETTINGS["api_url"])
        self.assertEqual(both["write"]["credential"], {"env": "CMMS_PACKING_1_WRITE_CREDENTIAL"})
        self.assertNotIn("read", self.backend(contract(fetch=[{}], read=False)))

    def test_every_variable_that_the_file_names_is_listed_and_only_the_key_is_filled(self):
        document = contract(fetch=[{}])
        names = self.names(document, writes=True)
        text = backends_file({**SETTINGS, "writes": True}, document)
        for line in text.splitlines():
            if '"env"' in line:
                self.assertIn(line.split('"')[3], names)
        self.assertEqual(names["MILLWRIGHT_KEY_PACKING_1"], "the-key")
        self.assertEqual(names["MILLWRIGHT_ENVIRONMENT"], "test")
        self.assertNotIn("the-key", text)
        self.assertFalse([name for name, value in names.items() if name.startswith("CMMS_") and value])

    def test_a_contract_of_before_asks_for_one_secret(self):
        backend = self.backend({"source": {}, "events": {"CHANGED": {}}})
        self.assertEqual(backend["callback_secrets"], [{"env": "CMMS_PACKING_1_CALLBACK_SECRET"}])
