"""What the worker knows besides jobs: results of before with their thumbnails, styles, account, settings, key."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import RecraftError, from_dict
from ..i18n import say
from .result import Result
from .signals import Signal

if TYPE_CHECKING:
    from ..protocol import Message
    from .groups import Entry
    from .requests import WorkerRequests
    from .state import Facts

SIDE = 192  # px of a thumbnail: twice its size on screen, for HiDPI
_MOST = 400  # thumbnails that are kept: 60 MB
_PAGE, _LONGEST = 60, 3000  # entries asked for at first and with each turn to the end, and at most


class Library:
    """Asks the worker and keeps what it said. `changed` rings for the results, `known` for everything else."""

    _many: list[dict[str, Any]]
    defaults: dict[str, Any]

    def __init__(self, requests: WorkerRequests, facts: Facts) -> None:
        self._requests, self._facts = requests, facts
        self.changed, self.known = Signal(), Signal()
        self.entries: list[dict[str, Any]] = []
        self.search = ""
        self._limit, self._full = _PAGE, False
        self._many, self.defaults = [], {}
        self.folder = ""  # of the settings
        self.styles: list[dict[str, Any]] = []
        self.key: dict[str, Any] = {}
        self.account: dict[str, Any] = {}
        self.trouble: RecraftError | None = None
        self.release = ""  # a newer version that is out, until it was dismissed
        self._thumbnails: dict[tuple[str, int, int], tuple[bytes, int, int]] = {}
        self._asked: set[tuple[str, int, int]] = set()
        requests.news.connect(self._news)

    def begin(self) -> None:
        """Ask for everything, once at the start."""
        self.ask_settings()
        self.ask_account()
        self.refresh()
        self.ask_styles()
        self.ask_many()
        self.ask_release()

    # --- results ----------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Ask for the list of results again."""
        self._ask("history", self._listed, do="list", search=self.search, limit=self._limit)

    @property
    def known_entries(self) -> list[dict[str, Any]]:
        """Entries for the list of earlier prompts: many, and whatever the strip is searching for."""
        return self._many or self.entries

    def ask_many(self, most: int = 400) -> None:
        """Ask for what `known_entries` gives."""

        def keep(data: dict[str, Any]) -> None:
            self._many = data["entries"]
            self.known.emit()

        self._ask("history", keep, do="list", limit=most)

    def older(self) -> None:
        """Show more of what is further back, when there is any: the strip was scrolled to its end."""
        if self._full and self._limit < _LONGEST:
            self._limit, self._full = self._limit + _PAGE, False
            self.refresh()

    def find(self, words: str) -> None:
        """Show only results whose prompt holds `words`."""
        self.search, self._limit = words, _PAGE
        self.refresh()

    def _listed(self, data: dict[str, Any]) -> None:
        self._full = len(data["entries"]) >= self._limit
        self.entries = [entry for entry in data["entries"] if shown(entry)]
        if len(self._asked) > _MOST:
            there = {entry["entry"] for entry in self.entries}
            self._forget(lambda name: name[0] not in there)
        self.changed.emit()

    def thumbnail(self, entry: str, index: int = 0, side: int = SIDE) -> tuple[bytes, int, int] | None:
        """(bytes RGBA, width, height) of a picture, None while it is on its way; `changed` rings when it came."""
        name = (entry, index, side)
        if name not in self._thumbnails and name not in self._asked:
            self._asked.add(name)

            def came(message: Message) -> None:
                if message.kind == "answer":
                    self._thumbnails[name] = (bytes(message.blobs[0]), *message["data"]["size"])
                    self.changed.emit()

            self._requests.ask("history", came, do="thumbnail", entry=entry, index=index, side=side)
        return self._thumbnails.get(name)

    def forget_large(self) -> None:
        """Let go of every thumbnail that is larger than the strip's."""
        self._forget(lambda name: name[2] > SIDE)

    def _forget(self, gone: Callable[[tuple[str, int, int]], bool]) -> None:
        self._asked = {name for name in self._asked if not gone(name)}
        self._thumbnails = {name: data for name, data in self._thumbnails.items() if not gone(name)}

    def whole(self, entry: str, on_done: Callable[[Any, RecraftError | None], Any]) -> None:
        """The result once more, as it was placed: `on_done(result, None)` or `on_done(None, error)`."""

        def came(message: Message) -> None:
            if message.kind == "result":
                on_done(Result(message), None)
            elif message.kind == "error":
                on_done(None, from_dict(message["error"]))

        self._requests.ask("history", came, do="place", entry=entry, order="BGRA", draw=True)

    def save_file(self, entry: str, index: int, path: str, on_done: Callable[[RecraftError | None], Any]) -> None:
        """Write a picture's own file, as it came, to `path`; `on_done(error or None)`."""

        def came(message: Message) -> None:
            if message.kind == "error":
                on_done(from_dict(message["error"]))
                return
            try:
                Path(path).write_bytes(message.blobs[0])
            except OSError as problem:
                on_done(RecraftError(_unwritten(path, problem), remedy="Choose another place."))
            else:
                on_done(None)

        self._requests.ask("history", came, do="file", entry=entry, index=index)

    def fetch(self, entry: str, on_done: Callable[[RecraftError | None], Any]) -> None:
        """Download again what was paid for and did not arrive whole; `on_done(error or None)`. It costs nothing."""
        self._ask("history", lambda _data: self.refresh(), on_done, do="fetch", entry=entry)

    def star(self, entry: str, on: bool) -> None:
        """Keep a result for ever, or no more."""
        self._ask("history", lambda _data: self.refresh(), do="star" if on else "unstar", entry=entry)

    def discard(self, entry: str) -> None:
        """Throw a result away."""
        self._ask("history", lambda _data: self.refresh(), do="remove", entry=entry)

    def details(self, entry: str, on_answer: Callable[[dict[str, Any]], Any]) -> None:
        """All values a result was made with."""
        self._ask("history", on_answer, do="get", entry=entry)

    # --- the rest ---------------------------------------------------------------------------------------------------

    def ask_styles(self) -> None:
        """The styles made here."""
        self._ask("styles", self._keep("styles"))

    def ask_account(self, on_done: Callable[[RecraftError | None], Any] | None = None) -> None:
        """Balance, and whether there is a key at all; `on_done(error or None)`."""
        self._ask("key", self._keep_key, do="state")
        self._ask("account", self._keep_account, on_done)

    def ask_settings(self) -> None:
        """All settings."""
        self._ask("settings", self._keep_settings, do="get")

    def change(self, name: str, value: Any, on_done: Callable[[RecraftError | None], Any] | None = None) -> None:
        """Set one setting; `on_done(error or None)`."""

        def keep(data: dict[str, Any]) -> None:
            self._keep_settings(data)
            if name == "new_versions":
                self.ask_release()

        self._ask("settings", keep, on_done, do="set", name=name, value=value)

    def ask_release(self) -> None:
        """Whether a newer version is out, where the user wants to know."""

        def keep(data: dict[str, Any]) -> None:
            self.release = data["version"]
            self.known.emit()

        self._ask("release", keep)

    def forget_release(self) -> None:
        """Say no more of it until Krita starts again."""
        self.release = ""
        self.known.emit()

    def set_key(self, key: str, on_done: Callable[[RecraftError | None], Any]) -> None:
        """Hand the key to the worker, which keeps it where it is safe; `on_done(error or None)`."""

        def on_saved(data: dict[str, Any]) -> None:
            self._keep_key(data)
            self._ask("account", self._keep_account, on_done)

        self._ask("key", on_saved, on_error=on_done, do="set", key=key)

    def remove_key(self) -> None:
        """Forget the key."""
        self._ask(
            "key",
            lambda data: (self._keep_key(data), self.ask_account()),  # type: ignore[func-returns-value]
            do="remove",
        )

    def _keep(self, name: str) -> Callable[[dict[str, Any]], None]:
        def keep(data: dict[str, Any]) -> None:
            setattr(self, name, data.get(name, []))
            self.known.emit()

        return keep

    def _keep_key(self, data: dict[str, Any]) -> None:
        self.key = data
        self.known.emit()

    def _keep_account(self, data: dict[str, Any]) -> None:
        self.account, self.trouble = data, None
        self._facts.offline, self._facts.balance = bool(data.get("offline")), data.get("balance")
        self._facts.changed.emit()
        self.known.emit()

    def _keep_settings(self, data: dict[str, Any]) -> None:
        self.defaults = dict(data.get("defaults", {}))
        self._facts.settings, self.folder = dict(data["settings"]), data.get("folder", "")
        self._facts.changed.emit()
        self.known.emit()

    def _ask(
        self,
        kind: str,
        keep: Callable[[dict[str, Any]], Any],
        on_done: Callable[[RecraftError | None], Any] | None = None,
        on_error: Callable[[RecraftError], Any] | None = None,
        **fields: Any,
    ) -> None:
        wrong = on_error or on_done

        def came(message: Message) -> None:
            if message.kind == "answer":
                keep(message["data"])
                if on_done is not None:
                    on_done(None)
            elif message.kind == "error":
                trouble = from_dict(message["error"])
                if wrong is not None:
                    wrong(trouble)
                if kind == "account":
                    self.trouble = trouble
                    self._facts.offline = False
                    self.known.emit()

        self._requests.ask(kind, came, **fields)

    def _news(self, message: Message) -> None:
        if message.kind == "balance":
            self._facts.balance = message.get("balance")
            self._facts.changed.emit()
        elif message.kind == "filed":
            self.refresh()
            self.ask_many()


def _unwritten(path: str, problem: OSError) -> str:
    return say("{path} cannot be written: {why}.", path=path, why=problem.strerror)


def shown(entry: Entry) -> bool:
    """True for what has a tile: pictures that are here or can be fetched, and what may have been charged in vain."""
    return bool(entry["here"] or entry["pictures"] or (entry["at_risk"] and entry["outcome"] != "working"))
