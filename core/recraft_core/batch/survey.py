"""A batch looked at before it begins: how many rows, pixels, units and how much time. Only headers are read."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field

from .. import settings
from ..history import History
from ..imaging.reading import headed
from ..shared.errors import RecraftError
from ..shared.geometry import Size
from . import files, outputs
from .batch import Batch
from .rows import Row
from .running import occupied


@dataclass
class Survey:
    """`todo` of the rows are to do, `before` are done, `doubtful` may have been charged. `bad` are those that cannot be
    done, each with its error. `pixels` is their sum; `units` the price at least. `seconds` is None where nothing tells.
    """

    rows: int = 0
    todo: int = 0
    before: int = 0
    doubtful: int = 0
    pixels: int = 0
    units: int = 0
    seconds: float | None = None
    bad: list[tuple[str, RecraftError]] = field(default_factory=list)


def survey(batch: Batch) -> Survey:
    """Look at every row. Nothing is sent, and the ledger stays as it is."""
    tally = Survey(len(batch))
    for row, out in batch.rows:
        state = batch.deciding.state(row, out)
        tally.before += state == "done"
        tally.doubtful += state == "doubtful"
        if state == "occupied":
            tally.bad.append((row.name, occupied(batch.deciding.occupying(row, out))))
        elif state == "open":
            _look(batch, row, out, tally)
    tally.seconds = _seconds(batch, tally)
    batch.deciding.ledger.close()
    return tally


def _look(batch: Batch, row: Row, out: str, tally: Survey) -> None:
    try:
        size = size_of(row)
        outputs.check(row, out, batch.operation, batch.deciding.options(row), size)
        tally.units += batch.deciding.price(row, size)
    except RecraftError as error:
        tally.bad.append((row.name, error))
        return
    tally.todo += 1
    tally.pixels += size.area if size else 0


def size_of(row: Row) -> Size | None:
    """The size of a row's picture in px; None where there is none or it is a drawing. Raises what reading it would."""
    if not row.picture or row.picture.lower().endswith((".svg", ".svgz")):
        return None
    with headed(files.readable(row.picture)) as header:
        return header.size


def _seconds(batch: Batch, tally: Survey) -> float | None:
    """How long it will likely take: by earlier answers, and by what the service allows in a minute."""
    free = batch.deciding.free
    mean = tally.pixels / max(1, tally.todo) / 1e6
    with closing(History()) as history:
        each = history.expected_s(batch.operation.name, mean, engine="local" if free else "service")
    if each is None:
        return None
    work = tally.todo * each / batch.jobs
    held = settings.read()[0]
    return work if free else max(work, tally.todo * 60 / held.pictures_per_minute)
