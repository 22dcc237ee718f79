"""One click for a plugin: from the message `run` to its `result`, with progress and cancelling on the way."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from .. import learnt
from ..api.wire import Answer, Call
from ..history import Entry, History
from ..history.entry import Engine
from ..history.recorder import Filing, Origin, check_caps
from ..history.twins import once
from ..imaging.pixels import Order, packed, view
from ..imaging.readfile import read_picture
from ..imaging.svg import opened
from ..operations import Layer, Outcome, Reading, Service, run, run_parts
from ..operations.provenance import statement
from ..redaction import redact_data
from ..settings import Settings
from ..shared.errors import Cancelled, OutOfUnits, RecraftError
from ..shared.geometry import Box, Size
from ..shared.i18n import say
from ..shared.plan import Plan, at_home, frame_of, plan, price_text
from ..shared.protocol import Bytes, Message
from .asking import ask_of, misread

log = logging.getLogger(__name__)
Post = Callable[[Message], None]

_ORDERS = ("RGBA", "BGRA")
_PAUSE_S = 0.1


class Job:
    """One click at work. Made from its message, carried out by `work` on a thread of its own, cancelled by another.

    `gone` from the moment on when the last byte of the request is handed out: until then cancelling means that
    nothing was asked for, afterwards that only the wait ends.
    """

    def __init__(self, message: Message, post: Post) -> None:
        self.id = message.id
        self.message = message
        self.gone = False
        self._post = post
        self._turn = threading.Lock()
        self._cancelled = False
        self._ended = False
        self._start = time.monotonic()
        self._phase, self._share = "preparing", 0.0
        self._phase_start = self._start
        self._told = 0.0
        self._expected_s: float | None = None
        self._total = 0
        self._twin: Entry | None = None
        self._entry = ""
        self._answered = 0  # parts of it, so far

    # --- the way of a click -----------------------------------------------------------------------------------------

    def work(self, service: Service, history: History, settings: Settings, host: str, *, offline: bool) -> Outcome:
        """Carry it out and tell the result. Raises what goes wrong."""
        message = self.message
        learnt.load()
        job_plan = plan(ask_of(message))
        if not offline:
            _check_price(job_plan, message.get("most"))
            check_caps(job_plan.units, settings, history, time.time())
        readings = [reading_of(message, part, number) for number, part in enumerate(job_plan.parts or (job_plan,))]
        origin = Origin(
            host,
            str(message.get("document", "")),
            str(message.get("layer", "")),
            session=str(message.get("session", "")),
            reuse=bool(message.get("reuse")),
            since=float(message.get("since", float("inf"))),
            again=bool(message.get("again")),
            colours=str(message.get("colours", "")),
        )

        def one(part: Plan, reading: Reading) -> Outcome:
            left = len(job_plan.parts) - job_plan.parts.index(part) if job_plan.parts else 1
            self._expect(part, history, "local" if offline else "service", left)
            filing = Filing(history, settings, reading, origin, offline=offline)
            watched = _Watched(filing, self)
            outcome, self._twin = once(
                history,
                lambda: run(part, service, reading, journal=watched, progress=self.progress),
                self.leave_or_stop,
            )
            held = self._twin or filing.entry
            self._entry = held.id if held else ""
            with self._turn:
                self._answered += 1
            return outcome

        outcome = run_parts(job_plan, readings, one) if job_plan.parts else one(job_plan, readings[0])
        entry = self._entry
        took = time.monotonic() - self._start
        is_sent = self._finish(lambda: self._result(outcome, entry, took, offline=offline))
        if entry and not is_sent:
            self._post(Message("filed", self.id, {"entry": entry, "units": outcome.units}))
        return outcome

    def _expect(self, job_plan: Plan, history: History, engine: Engine, times: int) -> None:
        """How long it will likely take, with `times` of these to come."""
        megapixels = job_plan.sent.area / 1e6 if job_plan.sent else 0.0
        model = str(job_plan.values.get("model") or "")
        each = history.expected_s(job_plan.operation.name, megapixels, engine=engine, model=model)
        self._expected_s = None if each is None else time.monotonic() - self._start + each * times

    def _result(self, outcome: Outcome, entry: str, took: float, *, offline: bool) -> Message:
        result = result_of(self.id, outcome, self.message, entry, took, offline=offline)
        if self._twin is None:
            return result
        twin = {"document": self._twin.record.document, "finished": self._twin.finished}
        return Message(result.kind, result.id, {**result.fields, "twin": twin}, result.blobs)

    def cancel(self) -> None:
        """End the wait now. What was not sent yet is not sent any more; what was, is still filed when it comes."""
        with self._turn:
            self._cancelled = True
            gone, answered, parts = self.gone, self._phase in {"receiving", "placing"}, self._answered
        remedy: str
        if parts:
            remedy = say("{count} of its requests had been answered and are charged; see the history.", count=parts)
        elif answered:
            remedy = "The answer had come and is charged; its result will be in the history."
        elif gone:
            remedy = "The request had been sent and may be charged; its result will be in the history."
        else:
            remedy = "Nothing was sent and nothing is charged."
        self.fail(Cancelled(remedy=remedy, charged=gone or parts > 0))

    def fail(self, error: RecraftError) -> None:
        """Tell the plugin how it ended, once."""
        self._finish(lambda: Message("error", self.id, {"error": redact_data(error.as_dict())}))

    def _finish(self, last: Callable[[], Message]) -> bool:
        """Send the last message, unless another one was; True when it went out."""
        if self._ended:
            return False
        # Made before it is promised: drawing a result may fail, and the plugin must hear of that.
        message = last()
        with self._turn:
            if self._ended:
                return False
            self._ended = True
        self._post(message)
        return True

    # --- on the way -------------------------------------------------------------------------------------------------

    def leave_or_stop(self, *, last: bool = False) -> None:
        """Passed before each part of the request goes out; raises Cancelled when it is not to. `last` lets it go.

        A request that was turned away comes back here, before the wait for its next attempt.
        """
        with self._turn:
            if self._cancelled:
                raise Cancelled(remedy="Nothing was sent and nothing is charged.")
            self.gone = last

    def sends(self, call: Call) -> None:
        """The request is ready: note how many bytes of pictures it carries."""
        self._total = sum(len(file.data) for file in call.files)

    def fetches(self) -> None:
        """The answer's words are here: receiving begins anew with the pictures."""
        self._phase, self._share, self._phase_start = "receiving", 0.0, time.monotonic()
        self.tell()

    def progress(self, phase: str, share: float) -> None:
        """What `operations.run` reports."""
        if phase in {"sending", "waiting"}:
            self.leave_or_stop(last=phase == "sending" and share >= 1)
        if phase != self._phase:
            self._phase_start = time.monotonic()
        changed = phase != self._phase
        self._phase, self._share = phase, share
        if changed or time.monotonic() - self._told > _PAUSE_S:
            self.tell()

    def tell(self) -> None:
        """Send how far it is."""
        now = time.monotonic()
        self._told = now
        fields: dict[str, Any] = {
            "phase": self._phase,
            "share": None if self._phase == "working" else round(self._share, 4),
            "elapsed_s": round(now - self._start, 2),
            "left_s": self._left_s(now),
        }
        if self._phase == "sending":
            fields |= {"sent": round(self._share * self._total), "total": self._total}
        with self._turn:
            if not self._ended:
                self._post(Message("progress", self.id, fields))

    def _left_s(self, now: float) -> float | None:
        """Seconds the answer will likely take yet, by those before; while receiving, by what has come so far.

        None when nothing is known, or when it takes longer than ever: then no number would be honest.
        """
        if self._phase in {"receiving", "waiting"}:
            took = now - self._phase_start
            return round(took * (1 - self._share) / self._share, 1) if self._share > 0.02 else None
        if self._expected_s is None or self._phase == "placing":
            return None
        left = self._expected_s - (now - self._start)
        return round(left, 1) if left > 0 else None


class _Watched:
    """The journal of a job that may be cancelled until its request has left."""

    def __init__(self, filing: Filing, job: Job) -> None:
        self._filing = filing
        self._job = job
        self.received = filing.received
        self.keep = filing.keep
        self.missed = filing.missed
        self.done = filing.done
        self.failed = filing.failed
        self.left = filing.left

    def asked(self, plan: Plan, call: Call) -> None:
        """As the filing does, unless the job was cancelled."""
        self._job.leave_or_stop()
        self._filing.asked(plan, call)
        self._job.sends(call)

    def answered(self, answer: Answer) -> None:
        """As the filing does; the pictures themselves come next."""
        self._filing.answered(answer)
        self._job.fetches()


def _check_price(job_plan: Plan, most: int | None) -> None:
    """Raises OutOfUnits when the click costs more than the plugin has shown: a key or a setting has changed since."""
    if most is not None and job_plan.units > most:
        shown = price_text(most) if most else say("that it is free")
        raise OutOfUnits(
            say(
                "This would cost {price} by now; what was shown before the click is {shown}.",
                price=price_text(job_plan.units),
                shown=shown,
            ),
            remedy="Nothing was sent. Look at the price and click once more.",
        )


# --- messages and pixels --------------------------------------------------------------------------------------------


def reading_of(message: Message, job_plan: Plan, number: int = 0) -> Reading:
    """The pixels of a `run`, without a copy where the order is RGBA already; of its part `number` where it has some."""
    try:
        return _reading(message, job_plan, number)
    except (TypeError, ValueError, OverflowError) as problem:
        raise misread(say("pixels that do not fit: {problem}", problem=problem)) from problem


def _reading(message: Message, job_plan: Plan, number: int) -> Reading:
    parts = list(zip(message["parts"], message.blobs, strict=False))
    if len(parts) != len(message.blobs) or len(message["parts"]) != len(parts):
        raise misread(say("{count} byte strings for {parts}", count=len(message.blobs), parts=message["parts"]))
    order = _order(message)
    box, read = message.get("read"), job_plan.read
    reads = message.get("reads", ())
    if job_plan.areas:
        if len(reads) <= number or len(parts) != 2 * len(reads):
            raise misread(say("{count} boxes with {count2} byte strings", count=len(reads), count2=len(parts)))
        box, parts = reads[number], parts[2 * number : 2 * number + 2]
    if read is not None and box is not None and Box(*box) != read:
        raise misread(say("the box {asked} where {read} is needed", asked=box, read=list(read)))
    blobs: dict[str, Bytes] = dict(parts)
    sizes = [Size(*size) for size in message.get("pictures", [])]
    loose = [blob for name, blob in parts if name == "picture"]
    return Reading(
        view(blobs["pixels"], read.size, order) if "pixels" in blobs and read else None,
        view(blobs["coverage"], read.size, "L") if "coverage" in blobs and read else None,
        opened(bytes(blobs["svg"])).data if "svg" in blobs else b"",
        [view(blob, size, order) for blob, size in zip(loose, sizes, strict=True)]
        or [read_picture(name).pixels for name in job_plan.values.get("style_references", ())],
    )


def _order(message: Message) -> Order:
    order = message.get("order", "RGBA")
    if order not in _ORDERS:
        raise misread(say("pixels in the order {order}", order=repr(order)))
    return order  # type: ignore[no-any-return]


def result_of(
    id_: int, outcome: Outcome, request: Message, entry: str, seconds: float, *, offline: bool
) -> Message:
    """The `result` of an outcome; `request` says whether and how its pixels are handed over."""
    job_plan, order = outcome.plan, _order(request)
    blobs: list[Bytes] = []
    layers = [
        {
            "name": layer.name, "box": layer.box, "image_id": layer.image_id, "index": layer.index, "pixels": None,
            "svg": None,
        }
        for layer in outcome.layers
    ]  # fmt: skip
    if not request.get("bare"):
        for description, layer in zip(layers, outcome.layers):
            description.update(_handed_over(layer, blobs, order, draw=bool(request.get("draw"))))
    frame = frame_of(job_plan)
    said = statement(job_plan, offline=offline, when=time.time())
    fields = {
        "operation": job_plan.operation.name,
        "layers": layers,
        "order": order,
        "units": outcome.units,
        "notes": list(map(at_home, outcome.notes) if offline else outcome.notes),
        "place": job_plan.place,
        "frame": frame,
        "instead": job_plan.operation.instead,
        "entry": entry,
        "answer": dict(outcome.body),
        "seconds": round(seconds, 3),
        "offline": offline,
        "provenance": asdict(said) if said else None,
    }
    return Message("result", id_, fields, blobs)


def _handed_over(layer: Layer, blobs: list[Bytes], order: Order, *, draw: bool) -> dict[str, int]:
    """Append what a layer consists of to `blobs`, and tell where it stands there."""
    indexes = {}
    pixels = layer.drawn() if draw else layer.pixels
    if pixels is not None:
        indexes["pixels"] = len(blobs)
        blobs.append(packed(pixels, order))
    if layer.svg:
        indexes["svg"] = len(blobs)
        blobs.append(layer.svg)
    return indexes
