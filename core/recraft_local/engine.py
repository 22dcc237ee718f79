"""The engine behind the routes: check an order, take its price, make the pictures, keep the results."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import anyio
import anyio.to_thread
from recraft_core.shared.contract import BASE_STYLES, Endpoint, limits

from . import answers, makers
from .addresses import LOOPBACK
from .checks import Order, check
from .faults import Fault, Script
from .forms import Body
from .leniency import forgiven
from .pictures.made import PictureTrouble, Undrawable
from .pictures.memory import give_back, share_one_stock
from .request_log import Visit, new_log
from .rest import Rest
from .room import BODIES, CALLS, Room
from .rules import Refusal
from .settings import Settings
from .store import Store
from .styling import hand_of, palette

LOG = logging.getLogger("recraft_local")
_AT_ONCE = 2  # heavy works at a time: each may use several cores and several hundred MB
_TIDY_S = 3.0
_LONG_S = 2.0  # a work of this time may hold hundreds of MB, and fetching them again is little beside it
T = TypeVar("T")


class Engine:
    """One engine: its settings, memory, scripted faults and request log."""

    def __init__(self, settings: Settings) -> None:
        share_one_stock()
        self.settings = settings
        self.store = Store(Path(settings.data) if settings.data else None, settings.units)
        self.faults = Script(settings.faults)
        self.requests = new_log()
        self.rest = Rest()
        self.bodies = Room(BODIES)
        self._calls = Room(CALLS)
        self._heavy = anyio.CapacityLimiter(_AT_ONCE)
        self._tidying = False

    async def serve(self, row: Endpoint, body: Body, visit: Visit, base_url: str) -> dict[str, Any]:
        """The answer to a paid call, in its turn. Raises `Refusal`; then nothing was charged."""
        async with self._calls.holding(1):
            return await self._served(row, body, visit, base_url)

    async def _served(self, row: Endpoint, body: Body, visit: Visit, base_url: str) -> dict[str, Any]:
        checked = partial(check, loopback=self.settings.host in LOOPBACK)
        if not self.settings.strict:
            body = forgiven(row, body)
        order = await anyio.to_thread.run_sync(checked, row, body, self.store)
        if self.settings.rate and not self.store.allow_pictures(
            visit.authorization, order.count, limits.PICTURES_PER_MINUTE
        ):
            raise Refusal("rate")
        # The service takes a call while the balance is above zero.
        hold = self.store.hold(order.units, least=order.units if self.settings.strict else min(1, order.units))
        if hold is None:
            raise Refusal("units", units=order.units, balance=self.store.balance)
        try:
            answer = await self._work(order, visit, base_url)
            self.store.charge(hold, order.units)
        except BaseException as trouble:
            self.store.let_go(hold)
            if isinstance(trouble, PictureTrouble):
                LOG.warning("%s: %s", row.id, trouble)
                raise _told(order, trouble) from trouble
            raise
        visit.units = order.units
        return answer

    async def _work(self, order: Order, visit: Visit, base_url: str) -> dict[str, Any]:
        await asyncio.sleep(self.settings.latency_s)
        if order.endpoint.answer == "prompt":
            return await self._in_thread(_enhanced, order)
        if order.endpoint.answer == "colours":
            return await self._in_thread(_optimized, order)
        if order.endpoint.answer == "style":
            return await self._in_thread(self._new_style, order)
        finished = await self._in_thread(self._made, order)
        visit.how = finished[0][2]
        # On a thread, too: another worker may be writing into the folder, and a picture may be large.
        entries = await anyio.to_thread.run_sync(self._entries, order, finished, visit, base_url)
        shape = answers.image if order.endpoint.answer == "image" else answers.images
        more = {"style_id": await self._in_thread(self._kept_style, order)} if order.references else {}
        return {**shape(order.units, entries), **more}

    async def _in_thread(self, work: Callable[[Order], T], order: Order) -> T:
        begun = time.monotonic()
        try:
            return await anyio.to_thread.run_sync(work, order, limiter=self._heavy)
        finally:
            if time.monotonic() - begun < _LONG_S:
                self._tidy_soon()
            else:
                await anyio.to_thread.run_sync(give_back)

    def _tidy_soon(self) -> None:
        """Give memory back in a while, once for all works that end until then: fetching it again costs its share."""

        def tidy() -> None:
            self._tidying = False
            threading.Thread(target=give_back, name="recraft_local tidy", daemon=True).start()

        if not self._tidying:
            self._tidying = True
            asyncio.get_running_loop().call_later(_TIDY_S, tidy)

    def _made(self, order: Order) -> list[tuple[bytes, str, str]]:
        source = self.store.explored(order.values.get("source_image_id", ""))
        image_format = order.values.get("image_format", "webp")
        return [(*makers.encode(one, image_format), one.how) for one in makers.make(order, source)]

    def _entries(
        self, order: Order, finished: list[tuple[bytes, str, str]], visit: Visit, base_url: str
    ) -> list[dict[str, Any]]:
        return [self._entry(order, number, one, visit, base_url) for number, one in enumerate(finished)]

    def _entry(
        self, order: Order, number: int, one: tuple[bytes, str, str], visit: Visit, base_url: str
    ) -> dict[str, Any]:
        data, media_type, lifetime_s = _spoiled(one[0], one[1], visit.picture_fault, self.settings.expire_s)
        image_id = self.store.keep(data, media_type, lifetime_s)
        if order.endpoint.id == "explore":
            self.store.remember(image_id, makers.remembered(order, number))
        url = f"{base_url}/results/{self.store.signature(image_id)}/{image_id}"
        return answers.entry(image_id, url, data, order.values.get("response_format", "url"))

    def _new_style(self, order: Order) -> dict[str, Any]:
        style = order.values["style"]
        sources = self._sources(order)
        mixed = [colour for record, _ in sources for colour in record.get("colours", ())]
        hands = [(record["hand"], share) for record, share in sources if record.get("hand")]
        body = {
            "style": style,
            "model": order.model.id if order.model else "recraftv3_vector" if BASE_STYLES[style] else "recraftv3",
            "creation_time": _now(),
            "is_private": True,
            "colours": [*palette(order.references), *mixed][:5],
            "hand": hand_of(order.references, order.values.get("image_weights"), hands),
        }
        return answers.style(self.store.add_style(body), body, credits=order.units)

    def _kept_style(self, order: Order) -> str:
        """The id of the style that pictures of a generation made; it serves again."""
        style, model = order.style, order.model
        if style is None or model is None:
            raise LookupError("this order has no style")
        body = {
            "style": style.name, "model": model.id, "creation_time": _now(), "is_private": True,
            "colours": [list(rgb) for rgb in style.colours], "hand": list(style.hand),
        }  # fmt: skip
        return self.store.add_style(body)

    def _sources(self, order: Order) -> list[tuple[dict[str, Any], float]]:
        """The own styles a new one is mixed from, and their weights."""
        names = order.values.get("source_styles") or ()
        weights = order.values.get("source_style_weights") or [1.0] * len(names)
        rows = [(self.store.style(style_id), weight) for style_id, weight in zip(names, weights, strict=True)]
        return [(record, weight) for record, weight in rows if record is not None]


def _now() -> str:
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _told(order: Order, trouble: PictureTrouble) -> Refusal:
    picture = order.picture
    if picture is not None and picture.svg and isinstance(trouble, Undrawable):
        return Refusal("svg_heavy", why=trouble)
    return Refusal("broken", why=trouble)


def _enhanced(order: Order) -> dict[str, Any]:
    from .sketch import enhance

    return {"enhanced_prompt": enhance.enhance(order.values["prompt"]), "credits": order.units}


def _optimized(order: Order) -> dict[str, Any]:
    from .pictures import palette

    colours = [rgb for rgb, _ in order.values["colors"]]
    fewer = palette.reduced(colours, [weight for _, weight in order.values["colors"]], order.values["num_colors_limit"])
    pairs = zip(colours, fewer, strict=True)
    mapping = [{"from": f"#{bytes(old).hex()}", "to": f"#{bytes(new).hex()}"} for old, new in pairs]
    return {"mapping": mapping, "credits": order.units}


def _spoiled(data: bytes, media_type: str, fault: Fault | None, lifetime_s: float) -> tuple[bytes, str, float]:
    """A result as a scripted fault wants it."""
    if fault is None:
        return data, media_type, lifetime_s
    if fault.fault == "truncated_picture":
        return data[: len(data) // 2], media_type, lifetime_s
    if fault.fault == "wrong_type":
        return b"this is no picture", str(fault.options.get("content_type", media_type)), lifetime_s
    return data, media_type, -1.0
