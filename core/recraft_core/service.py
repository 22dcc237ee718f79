"""Which service answers: Recraft with the user's key, or the embedded engine without one."""

from __future__ import annotations

from . import engine, keys, places, settings
from .client import Client
from .contract import BASE_URL
from .errors import KeyTrouble


def connect(
    *, key: str | None = None, base_url: str | None = None, local: bool = False, proxy: str = ""
) -> Client:
    """A client for the service in use; the embedded engine is started when it is needed.

    What is given here wins over the settings. With a base URL but no key the service is asked without one, and says
    so itself. Raises KeyTrouble when the settings insist on Recraft and there is no key.
    """
    chosen, _ = settings.read()
    found = key or _stored_key()
    if base_url and not local:
        return Client(found or "offline", base_url, proxy=proxy or chosen.proxy or "")
    if local or chosen.engine == "local" or (not found and chosen.engine != "service"):
        return Client("offline", engine.shared(places.here().data / "engine").base_url)
    if not found:
        raise KeyTrouble("There is no API key.", remedy="Add one with: recraft key set, or choose the engine “auto”.")
    return Client(found, chosen.base_url or BASE_URL, proxy=proxy or chosen.proxy or "")


def _stored_key() -> str:
    found = keys.find()
    return found.value if found else ""


def offline(*, key: str | None = None, base_url: str | None = None, local: bool = False) -> bool:
    """True when `connect` with the same arguments would use the embedded engine; nothing is started."""
    if base_url and not local:
        return False
    chosen, _ = settings.read()
    return local or chosen.engine == "local" or (not (key or _stored_key()) and chosen.engine != "service")
