"""What a sidecar has to be told to serve one backend: its backends file and its variables."""

import json
import re

BACKENDS_FILE = "/etc/millwright/backends.json"
SPOOL_FILE = "/var/lib/millwright/spool.sqlite"


def reads_needed(document):
    """Whether the sidecar has to read at the maintenance system, by the contract."""
    return bool(document["source"].get("read")) and bool(
        document.get("reads") or any(event.get("fetch") for event in document["events"].values())
    )


def writes_offered(document):
    """Whether a flow of the contract is written back."""
    return "writes" in document


def variable_names(code, document, *, writes=False):
    """Names of the variables that hold secrets, by what they are for.

    :param str code: the backend's
    :param dict document: the contract
    :param bool writes: changes of Odoo are written back
    :return: dict with `key`, `read` and `write` (None where not needed) and `callbacks`: scheme's name to variable
    """
    part = re.sub(r"[^A-Z0-9]", "_", code.upper())
    verify = document["source"].get("verify")
    if not isinstance(verify, list):  # a contract of before knows one secret without a name
        verify = [{"secret": None}]
    schemes = [scheme["secret"] for scheme in verify if "secret" in scheme]
    return {
        "key": f"MILLWRIGHT_KEY_{part}",
        "callbacks": {
            name: f"CMMS_{part}_CALLBACK_SECRET" + (f"_{name.upper()}" if name else "")
            for name in dict.fromkeys(schemes)
        },
        "read": f"CMMS_{part}_READ_CREDENTIAL" if reads_needed(document) else None,
        "write": f"CMMS_{part}_WRITE_CREDENTIAL" if writes else None,
    }


def backends_file(settings, document):
    """Text of the file that `MILLWRIGHT_BACKENDS` names, for one backend. No secret stands in it.

    :param dict settings: `code`, `connector`, `odoo_url`, `database`, `public_url`, `api_url`, `writes`
    :param dict document: the contract
    """
    names = variable_names(settings["code"], document, writes=settings["writes"])
    backend = {
        "code": settings["code"],
        "contract": f"odoo_addon/millwright_{settings['connector']}/contract.json",
        "odoo": {
            "url": settings["odoo_url"],
            "database": settings["database"],
            "api_key": {"env": names["key"]},
        },
        "callback_secrets": [
            {"env": variable, **({"name": name} if name else {})}
            for name, variable in names["callbacks"].items()
        ],
    }
    if settings["public_url"]:
        backend["public_url"] = settings["public_url"]
    for way in ("read", "write"):
        if names[way]:
            backend[way] = {"base_url": settings["api_url"], "credential": {"env": names[way]}}
    return json.dumps({"backends": [backend]}, indent=2, ensure_ascii=False)


def variables(settings, document, environment, key):
    """Lines of an environment file. Secrets of the maintenance system are left empty: Odoo has none of them.

    :param dict settings: as for `backends_file`
    :param dict document: the contract
    :param str environment: the backend's
    :param str key: the key that was just issued
    """
    names = variable_names(settings["code"], document, writes=settings["writes"])
    fixed = {
        "MILLWRIGHT_BACKENDS": BACKENDS_FILE,
        "MILLWRIGHT_SPOOL": SPOOL_FILE,
        "MILLWRIGHT_ENVIRONMENT": environment,
        names["key"]: key,
    }
    lines = [f"{name}={value}" for name, value in fixed.items()]
    open_ones = [*names["callbacks"].values(), names["read"], names["write"]]
    return "\n".join(lines + [f"{name}=" for name in open_ones if name])
