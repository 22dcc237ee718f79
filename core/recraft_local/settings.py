"""How an engine is to run: everything the command line can say, as data."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

DAY_S = 24 * 3600.0


@dataclass(frozen=True)
class Settings:
    """`latency_s` is added to every paid call; `expire_s` is how long result addresses live.

    `rate` is requests per second for one key, 0 for no limit (then pictures per minute are not limited either).
    `token` is the only key accepted; empty means any. `control` opens the test door `/_control`.
    `idle_s` is for how long nobody asks before it ends, 0 for never.
    `strict` refuses by name whatever the service's documents do not list, and a call that costs more than the balance;
    with `page_only`, whatever its page does not list, though later documents do.
    """

    units: int = 100_000
    data: str = ""
    token: str = field(default="", repr=False)
    host: str = "127.0.0.1"
    rate: float = 0.0
    latency_s: float = 0.0
    expire_s: float = DAY_S
    faults: tuple[dict[str, Any], ...] = ()
    control: bool = False
    strict: bool = False
    page_only: bool = False
    log: str = ""
    idle_s: float = 0.0

    def to_text(self) -> str:
        """As one line of JSON, to hand to a worker process."""
        return json.dumps(asdict(self))

    @classmethod
    def from_text(cls, text: str) -> Settings:
        """The settings `to_text` wrote."""
        data = json.loads(text)
        return cls(**{**data, "faults": tuple(data["faults"])})
