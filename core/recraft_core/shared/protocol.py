"""What a plugin and its worker say to each other: one line of JSON, then raw bytes.

    {"kind": "run", "id": 7, "operation": "erase", …, "blobs": [262144, 65536]}
    <262144 bytes><65536 bytes>

Every message has a `kind`, an `id` and `blobs`, the lengths of the byte strings that follow the line. The host
counts ids up from 1; an answer carries the id of what it answers, news of the worker's own id 0. Boxes are
[x, y, width, height], sizes [width, height], both in canvas px. Fields the reader does not know are passed over.

A sentence for people is {"say": template, "values": {…}}, with "plural" where it has one, wherever text may stand: the
host's side knows the user's language (see `i18n`). A text that is no such object is its own template.

**Greeting.** The host listens on 127.0.0.1, starts the worker and writes one line to its standard input:
{"recraft": 1, "port": …, "token": …, "proof": …}. The worker connects and says `hello` with the token; the host says
`welcome` with the proof. Both are good for once, and neither is ever in an argument or the environment, where other
programs could read it. Until then a line may be 4 KB long and carry no bytes.

Why a loopback socket and not pipes: it works alike on Linux, Windows and macOS; it can be asked without blocking, so
the host needs no reader threads (they stall whenever the host holds on to its interpreter); and its end tells each
side at once that the other is gone.

**Host to worker**

welcome   proof, host ("Krita 5.2.9").
run       operation, options {}, canvas, selection, read (the box of the bytes), parts, order ("RGBA" or "BGRA"),
          document and layer (names), draw (true: pixels of drawings as well), pictures (sizes of a style's pictures),
          most (units the plugin has shown as the price: should it cost more, it is refused before it is sent),
          areas (boxes of the selection's separate areas, where the plan was made with them) and reads (the boxes of
          the bytes where the plan has parts: "pixels" and "coverage" once for each),
          colours (the name of the canvas's own colour space in whose numbers it hands over and takes back; without
          it that is sRGB. `history place` tells it again),
          session (names this run of the host) and reuse (true: what was answered in it is not asked again), since
          (when it was clicked, in s since 1970: what was answered in the session later is not asked again), again
          (true: send it although the very same request is under way, which is else waited for),
          bare (true: layers come without pixels and drawings; they are filed, and `history place` brings them).
          One byte string per name in `parts`: "pixels", "coverage", "svg" (the canvas itself, where it is a
          drawing) or "picture" (of a style, once per entry of `pictures`).
cancel    Its id is that of the `run`.
plan      operation, options, canvas, selection. Price and boxes, for hosts that do not hold the pure rooms.
account   Whose key it is, and the balance.
styles    Own styles: those of the account and of this computer, by the history alone where nobody answers.
history   do: list (search, operation, starred, limit, offset), get (entry), thumbnail (entry, index, side in px),
          place (entry, order, draw), star, unstar, remove, fetch (entry), spent.
settings  do: get, set (name, value), reset (name; all without one).
key       do: state, set (key), test, remove.
release   Whether a newer version is out.

Closing the connection is the goodbye: the worker finishes and files what was paid for, then ends.

Pixels are 8 bit, sRGB or (`colours` of a run names it) the canvas's own RGB space, with straight alpha, top row first,
without padding; coverage is one byte a pixel. Both fill exactly `read`, which is the plan's own `read`.

**Worker to host**

hello     protocol, token, version, pid.
progress  phase (preparing, waiting, sending, working, receiving, placing), share 0..1 or null, sent and total (bytes,
          while sending), elapsed_s, left_s (null when there is nothing to go by). Twice a second while a job is at
          work. "waiting" is for the job's turn, or because the service asked for a pause. "unpacking" is made by the
          host's end while the worker of a zip starts for the first time.
result    operation, layers, order, units, notes, place (box or null), frame (the whole new canvas when it grows, else
          null), instead (true: the layer replaces what it was made from), entry (its id in the history, "" when it
          could not be filed), answer {} (a new prompt, a style's id), seconds, offline (the embedded engine made it;
          its units are no money), twin {document, finished (s since 1970; null when it was never placed)} where the
          very same request had been asked by somebody else: this is its result, and units is 0. Then the bytes the
          layers point to.
answer    data {}. After `thumbnail` its pixels: RGBA, data["size"].
error     error: as `errors.as_dict`.
filed     entry, units. A cancelled job's answer has been kept after all; its id is that of the job.
balance   balance in units, spent_today, at_risk_today, learnt (prices that answers taught). After each job that was
          paid, or may have been, with id 0.
bye       It has had nothing to do for long. A host that agrees closes the connection; until then it goes on.

The data of an answer: `plan` {units, price, sure, read, sent, place, frame, scale, values, notes, offline}; `account`
{offline, balance, name, email, spent_today, at_risk_today, learnt}; `styles` {styles: [{id, style, prompt, created,
offline, entry}]}; `history` list {entries: […]}, get, star, unstar and fetch an entry {entry, operation, prompt, model,
created, outcome, units, about, at_risk, offline, pictures, here, image_ids, starred, host, document, source, canvas,
place, error}, spent {today, at_risk, day, operation, model}; `settings` {settings, defaults, warning}; `key` {present,
origin, where}, with kept_in, removed_from or the account's data after set, remove and test; `release` {version}:
a newer one ("" where none is known or nobody wants to know). `history` place is answered by a `result`.

A layer is {"name", "box", "image_id", "index" (of its picture in the history's entry), "pixels" (number of its byte
string, or null), "svg" (the same)}. Pixels fill the box, in the order asked for.

Each `run` ends with exactly one `result` or `error`, every other request with one `answer`, `result` or `error`.
`cancel` is answered at once, by the job's `error` of kind Cancelled, which says whether anything had been sent.
"""

from __future__ import annotations

import json
import mmap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Union

from .errors import EngineTrouble
from .i18n import N_, from_data, say, to_data

# Raised when an old side would misunderstand a new one; a further field or kind is no reason.
PROTOCOL = 2
MAX_LINE = 4 << 20
MAX_GREETING = 4 << 10
MAX_BLOBS = 512
MAX_BYTES = 4 << 30
# Of `progress`, as they are shown.
PHASES = tuple(map(N_, ("unpacking", "preparing", "waiting", "sending", "working", "receiving", "placing")))
_CHUNK = 1 << 16
_LAZY = 8 << 20  # bytes from which memory is taken page by page, see room

Bytes = Union[bytes, bytearray, memoryview]  # noqa: UP007 - evaluated, and by Python 3.8 too


@dataclass(frozen=True)
class Kind:
    """One kind of message: who says it, what it must hold, and whether it ends the exchange its id began."""

    name: str
    sender: str
    needs: Mapping[str, type] = field(default_factory=dict)
    ends: bool = False


KINDS: dict[str, Kind] = {
    row.name: row
    for row in (
        Kind("welcome", "host", {"proof": str}),
        Kind("run", "host", {"operation": str, "options": dict, "parts": list}),
        Kind("cancel", "host"),
        Kind("plan", "host", {"operation": str, "options": dict}),
        Kind("account", "host"),
        Kind("styles", "host"),
        Kind("release", "host"),
        Kind("history", "host", {"do": str}),
        Kind("settings", "host", {"do": str}),
        Kind("key", "host", {"do": str}),
        Kind("hello", "worker", {"protocol": int, "token": str}),
        Kind("progress", "worker", {"phase": str}),
        Kind("result", "worker", {"layers": list, "units": int, "notes": list}, ends=True),
        Kind("answer", "worker", {"data": dict}, ends=True),
        Kind("error", "worker", {"error": dict}, ends=True),
        Kind("filed", "worker", {"entry": str}),
        Kind("balance", "worker"),
        Kind("bye", "worker"),
    )
}


@dataclass(frozen=True)
class Message:
    """One message. `message["name"]` is a field that must be there, `get` one that may."""

    kind: str
    id: int = 0
    fields: Mapping[str, Any] = field(default_factory=dict)
    blobs: Sequence[Bytes] = field(default=(), repr=False)

    def __getitem__(self, name: str) -> Any:
        return self.fields[name]

    def get(self, name: str, default: Any = None) -> Any:
        """A field, or `default` where it is missing or null."""
        value = self.fields.get(name)
        return default if value is None else value

    @property
    def ends(self) -> bool:
        """True when nothing more will come for this id."""
        return self.kind in KINDS and KINDS[self.kind].ends


def pieces(message: Message) -> Iterator[memoryview]:
    """The message as it goes over the wire; the bytes are not copied."""
    blobs = [memoryview(blob).cast("B") for blob in message.blobs]
    head = {**message.fields, "kind": message.kind, "id": message.id, "blobs": [len(blob) for blob in blobs]}
    yield memoryview(json.dumps(to_data(head), default=_plain).encode() + b"\n")
    for blob in blobs:
        if len(blob):
            yield blob


def _plain(value: Any) -> Any:
    """Everything iterable as lists."""
    return to_data(list(value))


class Reader:
    """Puts messages together from bytes as they come, never more than the caps allow.

    Read into `space()`, then hand the number of bytes to `got`, which answers the messages that are whole now. Long
    byte strings are read straight into their own memory.
    """

    def __init__(self, sender: str) -> None:
        self._sender = sender
        self._scratch = bytearray(_CHUNK)
        self._line = bytearray()
        self._head: dict[str, Any] = {}
        self._waiting: list[bytearray | memoryview] = []
        self._done: list[bytearray | memoryview] = []
        self._filled = 0
        self._limits = (MAX_GREETING, 0)

    def trust(self) -> None:
        """The other side has shown who it is: whole messages may come now."""
        self._limits = (MAX_LINE, MAX_BYTES)

    @property
    def halfway(self) -> bool:
        """True when a message has begun but is not whole."""
        return bool(self._line or self._waiting)

    def space(self) -> memoryview:
        """Where the next bytes belong."""
        if self._waiting:
            return memoryview(self._waiting[0])[self._filled :]
        # During the greeting not a byte more is read than it has: what follows is for a reader that trusts.
        return memoryview(self._scratch)[: 1 if self._limits[1] == 0 else _CHUNK]

    def got(self, count: int) -> list[Message]:
        """Take up `count` bytes that were read into `space`. Raises EngineTrouble when they make no sense."""
        if self._waiting:
            return self._fill(count)
        messages: list[Message] = []
        rest = memoryview(self._scratch)[:count]
        while len(rest):
            rest, more = self._take(rest)
            messages += more
        return messages

    def _take(self, data: memoryview) -> tuple[memoryview, list[Message]]:
        """One step through bytes that came into the scratch: the end of a line, or the start of a byte string."""
        if self._waiting:
            room = self.space()
            count = min(len(room), len(data))
            room[:count] = data[:count]
            return data[count:], self._fill(count)
        end = bytes(data).find(b"\n")
        self._line += data if end < 0 else data[:end]
        if len(self._line) > self._limits[0]:
            raise senseless(say("a line of more than {most} bytes", most=self._limits[0]))
        if end < 0:
            return data[:0], []
        self._begin()
        return data[end + 1 :], self._fill(0)

    def _begin(self) -> None:
        self._head, lengths = _head(bytes(self._line))
        self._line = bytearray()
        if len(lengths) > MAX_BLOBS or sum(lengths) > self._limits[1]:
            raise senseless(say("{count} bytes at once", count=sum(lengths)))
        try:
            self._waiting = [room(length) for length in lengths]
        except (MemoryError, OSError):
            raise EngineTrouble(
                say("There is not enough memory for {size} MB of pixels.", size=sum(lengths) >> 20),
                remedy="Select a smaller area, or close other programs.",
            ) from None

    def _fill(self, count: int) -> list[Message]:
        self._filled += count
        while self._waiting and self._filled >= len(self._waiting[0]):
            self._done.append(self._waiting.pop(0))
            self._filled = 0
        if self._waiting:
            return []
        head, blobs, self._head, self._done = self._head, self._done, {}, []
        return [checked(Message(head.pop("kind"), head.pop("id"), head, blobs), self._sender)]


def room(length: int) -> bytearray | memoryview:
    """Memory for `length` bytes.

    Python writes zeros through a whole bytearray at once: for a canvas of 8192² a third of a second in which the
    host's window stands still. The pages of a mapping are zeroed one by one, as bytes come in.
    """
    return memoryview(mmap.mmap(-1, length)) if length >= _LAZY else bytearray(length)


def _head(line: bytes) -> tuple[dict[str, Any], list[int]]:
    try:
        head = json.loads(line, object_hook=from_data)
        lengths = list(head.pop("blobs", []))
        if not isinstance(head["kind"], str) or not _whole(head["id"]) or not all(map(_whole, lengths)):
            raise senseless("a line without a proper kind, id or blobs")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise senseless("a line that is no message") from None
    return head, lengths


def _whole(number: Any) -> bool:
    return isinstance(number, int) and not isinstance(number, bool) and number >= 0


def checked(message: Message, sender: str) -> Message:
    """The message itself, when `sender` ("host", "worker") may say it and it holds what it must."""
    kind = KINDS.get(message.kind)
    if kind is None or kind.sender != sender:
        raise senseless(say("the message “{kind}”", kind=message.kind[:40]))
    for name, wanted in kind.needs.items():
        if not isinstance(message.fields.get(name), wanted):
            raise senseless(say("a message “{kind}” without a proper “{field}”", kind=kind.name, field=name))
    return message


def senseless(what: str) -> EngineTrouble:
    """The error when the two sides do not understand each other."""
    return EngineTrouble(
        say("The plugin and its worker do not understand each other: {what} came.", what=say(what)),
        remedy="Reinstall both so that their versions match, then start the program again.",
    )
