"""What a click costs, beside the button, and what there is to pay it with."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from gi.repository import Gtk

from .memory import memory
from .shared.i18n import tr
from .shared.plan import price_text
from .shared.protocol import Message
from .ui_parts import WIDE, label

if TYPE_CHECKING:
    from .requests import GimpRequests
    from .shared.plan import Plan
    from .shared.plugin.many import Many

ASK_AGAIN_S = 5.0  # the balance, at most so often when the window comes to the front


class Price:
    """`offline` is None while nobody knows who works, `units` the price that is shown; `changed()` rings at news."""

    def __init__(self, requests: GimpRequests, changed: Callable[[], Any]) -> None:
        self._requests, self._changed = requests, changed
        self.units: int | None
        # At first what was true the last time; before the first time ever nobody knows.
        self.offline, self.units = memory.recall()["offline"], None
        self._early = False
        self._seen: int | None = None  # at that click
        self._balance: int | None = None
        self._cap: int | None = None  # of a click
        self._is_cap_known = False
        self._asked, self._paid = 0.0, 0
        self.widget = label(dim=True)
        self.widget.set_xalign(1)
        self.widget.set_justify(Gtk.Justification.RIGHT)
        self.widget.set_margin_start(WIDE)
        self.widget.set_margin_end(WIDE)
        self.widget.show()
        requests.news.connect(self._news)
        self.ask()

    def show(self, plan: Plan | Many | None) -> None:
        """What it will cost; nothing yet while it is not known who will do it, or nothing can be done (None)."""
        self.units = None if self.offline is None or plan is None else plan.units
        have = tr("you have {price}", price=price_text(self._balance)) if self._balance else ""
        below = f"\n<small>{have}</small>" if have else ""
        costs = f"{tr(plan.price)}{below}" if plan else ""
        self.widget.set_markup({None: "", True: tr("on this computer")}.get(self.offline, costs) if plan else "")

    def check(self, many: Many) -> None:
        """Raises OutOfUnits when all of them together cost more than the cap of a click, or than there is."""
        if not self.offline:
            many.check(self._cap, self._balance)

    def covers(self, units: int, *, together: bool = False) -> bool:
        """True when a click that costs `units` costs what is shown. One that comes too early, before anything is shown
        or, for many `together`, before the cap of a click is known, is kept in mind: `waited_for` tells of it once.
        """
        self._early = not self.offline and (self.offline is None or (together and not self._is_cap_known))
        self._seen = self.units
        return not self._early and (bool(self.offline) or self.units == units)

    @property
    def waits(self) -> bool:
        """True while a click that came too early is kept in mind."""
        return self._early

    def waited_for(self) -> bool | None:
        """After a click that came too early, once, as soon as all is known: whether it costs what it was shown."""
        if not self._early or self.offline is None or not (self.offline or self._is_cap_known):
            return None
        self._early = False
        return self.offline or self.units == self._seen

    def add(self, units: int) -> None:
        """What the pictures on offer have cost so far."""
        self._paid += units
        self.widget.set_text(
            tr("{price} charged", price=price_text(self._paid)) if self._paid else tr("on this computer")
        )

    def settled(self) -> None:
        """Those pictures have been dealt with."""
        self._paid = 0

    def ask_again(self) -> None:
        """The balance, unless it was asked for a moment ago."""
        if time.monotonic() - self._asked > ASK_AGAIN_S:
            self.ask()

    def ask(self) -> None:
        """Who works, and the balance."""
        self._asked = time.monotonic()
        self._requests.ask("account", self._account)
        self._requests.ask("settings", self._settings, do="get")

    def stop(self) -> None:
        """Hear no more news."""
        self._requests.news.disconnect(self)

    def _news(self, message: Message) -> None:
        """A balance nobody asked for: something that may have been paid has ended."""
        if message.kind == "balance":
            self._account(Message("answer", 0, {"data": {"offline": False, **message.fields}}))

    def _account(self, message: Message) -> None:
        data = message["data"] if message.kind == "answer" else {"offline": False}
        self.offline = bool(data.get("offline"))
        memory.keep_offline(self.offline)
        self._balance = int(data["balance"]) if data.get("balance") is not None else None
        self._changed()

    def _settings(self, message: Message) -> None:
        # Where it cannot be read, the worker refuses each of them.
        self._is_cap_known = True
        if message.kind == "answer":
            self._cap = message["data"]["settings"]["cap_per_click_units"]
        self._changed()
