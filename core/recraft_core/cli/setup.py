"""`recraft key`, `recraft settings` and `recraft doctor`."""

from __future__ import annotations

import argparse
import getpass
import sys
from typing import Any

from .. import keys, paths, settings
from ..api.service import Connection
from ..shared import preferences
from ..shared.contract import BASE_URL
from ..shared.errors import BadOption, Exit
from ..shared.i18n import N_, all_of, say, tr
from ..shared.plan import price_text
from ..worker.handlers import key_state, reset, tested_key
from ..worker.handlers import shown as all_settings
from .command import Verb, add_json, as_json, doing, nothing, show, with_verbs
from .install import plugins


def _say(text: str) -> None:
    print(tr(text), file=sys.stderr)  # noqa: T201


# --- key ------------------------------------------------------------------------------------------------------------


def _key_set(_chosen: argparse.Namespace) -> int:
    """Ask for the key, unseen; from a pipe it is read as it comes. Never an argument: those show in process lists."""
    if sys.stdin.isatty():
        _say(say("{where}.", where=keys.WHERE))
        text = getpass.getpass(tr("Key (not shown while you type): "))
    else:
        text = sys.stdin.readline()
    origin = keys.save(text)
    place = say({"keyring": N_("the system's keyring"), "file": N_("a file only you can read")}.get(origin, origin))
    _say(say("Kept in {kept}. Try it with: recraft key test", kept=place))
    key_in_use = keys.find()
    if key_in_use and key_in_use.origin == "environment":
        _say(say("{variable} is set, and it wins over what was kept.", variable=keys.VARIABLE))
    return Exit.OK


def _key_test(chosen: argparse.Namespace) -> int:
    account = tested_key(Connection.open)
    chosen_url = settings.read()[0].base_url or BASE_URL
    line = say(
        "{address} takes the key: {name}, {price} left",
        address=chosen_url,
        name=account["name"] or account["email"],
        price=price_text(account["balance"]),
    )
    show(chosen, account, [line])
    return Exit.OK


def _key_remove(_chosen: argparse.Namespace) -> int:
    gone = keys.remove()
    _say(say("Removed from the {gone}.", gone=all_of(map(say, gone))) if gone else "There was no key to remove.")
    if keys.find():
        _say(say("{variable} is still set; only you can take it out of the environment.", variable=keys.VARIABLE))
    return Exit.OK


def _key_show(chosen: argparse.Namespace) -> int:
    """Whether there is a key and where it comes from; never the key."""
    key = keys.find()
    show(
        chosen,
        key_state(),
        [str(key) if key else say("no key: the work is done offline. {where}.", where=keys.WHERE)],
    )
    return Exit.OK


_KEY_VERBS = (
    Verb("set", "Ask for the key and keep it safely.", nothing, _key_set),
    Verb("test", "Ask the service whether it takes the key.", add_json, _key_test),
    Verb("show", "Say whether there is a key and where; never the key itself.", add_json, _key_show),
    Verb("remove", "Forget the key.", nothing, _key_remove),
)


# --- settings -------------------------------------------------------------------------------------------------------


def _list(chosen: argparse.Namespace) -> int:
    held, warning = settings.read()
    if warning:
        _say(warning)
    data = all_settings(held)
    show(chosen, data, [f"{name:<22} {_text(value):<42} {_help(name)}".rstrip() for name, value in data.items()])
    return Exit.OK


def _help(name: str) -> str:
    return tr(preferences.SETTINGS[name].help)


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(f"{name}={model}" for name, model in value.items()) or "none"
    if value is None or isinstance(value, bool):
        return "none" if value is None else str(value).lower()
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _name(one: argparse.ArgumentParser) -> None:
    one.add_argument("name", metavar="NAME", help="as in: recraft settings list")


def _get_arguments(one: argparse.ArgumentParser) -> None:
    _name(one)
    add_json(one)


def _get(chosen: argparse.Namespace) -> int:
    held = all_settings(settings.read()[0])
    name, _, operation = chosen.name.partition(".")
    if name not in held:
        raise BadOption(
            say("There is no setting “{name}”.", name=name),
            remedy=say("Choose one of {choices}.", choices=", ".join(held)),
            option=name,
        )
    value = held[name].get(operation) if operation else held[name]
    show(chosen, {chosen.name: value}, [_text(value)])
    return Exit.OK


def _set_arguments(one: argparse.ArgumentParser) -> None:
    _name(one)
    one.add_argument("value", metavar="VALUE", help="the new value; none where it may be left out")


def _set(chosen: argparse.Namespace) -> int:
    held = settings.change(chosen.name, chosen.value)
    name = chosen.name.partition(".")[0]
    _say(say("{name} is {text} now.", name=name, text=_text(getattr(held, name))))
    return Exit.OK


def _reset_arguments(one: argparse.ArgumentParser) -> None:
    one.add_argument("name", nargs="?", default="", metavar="NAME", help="one setting; else all of them")


def _reset(chosen: argparse.Namespace) -> int:
    held = reset(chosen.name)
    name = chosen.name.partition(".")[0]
    _say(
        say("{name} is {text} again.", name=name, text=_text(getattr(held, name)))
        if name
        else "All settings are as they were at first."
    )
    return Exit.OK


def _path(_chosen: argparse.Namespace) -> int:
    print(paths.here().config / settings.FILE)  # noqa: T201
    return Exit.OK


_SETTINGS_VERBS = (
    Verb("list", "Show all settings.", add_json, _list),
    Verb("get", "Show one setting.", _get_arguments, _get),
    Verb("set", "Change one setting.", _set_arguments, _set),
    Verb("reset", "Put settings back to their defaults.", _reset_arguments, _reset),
    Verb("path", "Print where the settings are.", nothing, _path),
)


# --- doctor ---------------------------------------------------------------------------------------------------------


def _doctor_arguments(one: argparse.ArgumentParser) -> None:
    one.add_argument("--quick", action="store_true", help="without asking the service or starting the engine")
    add_json(one)


def _doctor(chosen: argparse.Namespace) -> int:
    from .. import doctor

    findings = [*doctor.examine(connect=not chosen.quick), *plugins()]
    if chosen.json:
        print(as_json([finding.as_dict() for finding in findings]))  # noqa: T201
    else:
        for finding in findings:
            print(f"{_SIGNS[finding.state]} {finding.name:<12} {tr(finding.says)}")  # noqa: T201
            if finding.remedy:
                print(f"  {'':<12} → {tr(finding.remedy)}")  # noqa: T201
    bad = [finding for finding in findings if finding.state == "bad"]
    return int(bad[0].exit_code) if bad else Exit.OK


_SIGNS = {"good": "✓", "note": "·", "bad": "✗"}

KEY = with_verbs(_KEY_VERBS), doing(_KEY_VERBS)
SETTINGS = with_verbs(_SETTINGS_VERBS, "list"), doing(_SETTINGS_VERBS, "list")
DOCTOR = _doctor_arguments, _doctor
