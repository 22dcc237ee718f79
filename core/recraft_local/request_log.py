"""What a test or a person needs to know about a request, and never the key: only its SHA-256."""

from __future__ import annotations

from collections import deque
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import uuid4

from .faults import Fault

_KEPT = 1000


@dataclass
class Visit:
    """One request and what became of it. `authorization` is the SHA-256 of the header, "" when there was none;
    `ended` turns true when nothing works on it any more, answered or not.
    """

    method: str
    path: str
    endpoint: str
    request_id: str = field(default_factory=lambda: str(uuid4()))
    status: int = 0
    received: int = 0
    content_type: str = ""
    fields: list[str] = field(default_factory=list)
    files: list[tuple[str, int]] = field(default_factory=list)
    authorization: str = ""
    host: str = ""
    units: int = 0
    how: str = ""
    fault: str = ""
    ended: bool = False
    picture_fault: Fault | None = field(default=None, repr=False)

    def plain(self) -> dict[str, Any]:
        """As plain data for the control door."""
        data = asdict(self)
        data.pop("picture_fault")
        return data


def new_log() -> deque[Visit]:
    """An empty request log; it keeps the newest thousand."""
    return deque(maxlen=_KEPT)
