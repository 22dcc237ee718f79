"""What is said of a result in the file, image or document that holds it."""

from __future__ import annotations

from datetime import datetime, timezone

from .. import settings
from ..imaging.xmp import Statement
from ..redaction import redact
from ..shared import __version__
from ..shared.plan import Plan
from ..shared.provenance import ENHANCED, source_type

SYSTEM = "Recraft"


def statement(plan: Plan, *, offline: bool, when: float) -> Statement | None:
    """How the result of `plan` was made, as much of it as the settings wish; None where they wish nothing said.

    `offline` when the embedded engine made it, `when` in s since 1970. It holds no key, no path and no name of a file.
    """
    wish = settings.read()[0].provenance
    if wish == "off":
        return None
    row, said = plan.operation, plan.values
    facts = {"operation": row.name, "model": str(said.get("model") or "")}
    prompt = str(said.get("prompt") or "")
    if wish == "all" and prompt != row.unsaid:
        facts["prompt"] = redact(prompt)
    source = source_type(row.name, row.shape, offline=offline)
    return Statement(
        source,
        f"Recraft Canvas {__version__}{' (embedded engine)' if offline else ''}",
        datetime.fromtimestamp(when, timezone.utc).isoformat(timespec="seconds"),
        {name: value for name, value in facts.items() if value},
        "" if offline or source == ENHANCED else SYSTEM,
        created=row.shape in {"new", "remix"},
    )
