"""Where pictures are that could not be written under the name asked for: in the history, or else in a new folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Protocol, TypeVar

from ..shared.errors import RecraftError
from ..shared.i18n import join, say
from .store import History

_T = TypeVar("_T")


class Savable(Protocol):
    """What is to be written."""

    @property
    def entry(self) -> str:
        """Its id in the history, empty when there is none."""

    @property
    def layers(self) -> Sequence[Any]:
        """Its pictures."""

    def save(self, path: str | Path, *, say: Callable[[str], None]) -> list[Path]:
        """Write them; the paths."""


def saved(result: Savable, save: Callable[[], _T]) -> _T:
    """What `save` gives. Where it fails, its error says where the paid pictures are.

    When the history could not be written either, they are put among the system's temporary files, in a folder for
    this user alone.
    """
    try:
        return save()
    except RecraftError as error:
        if result.entry:
            error.remedy = join(error.remedy, _where(result))
        raise


def _where(result: Savable) -> str:
    if _kept(result):
        return say("The result is kept: recraft history place {entry} -o FILE", entry=result.entry[-6:])
    return _rescued(result)


def _kept(result: Savable) -> bool:
    try:
        with closing(History()) as history:
            return history.get(result.entry).here >= len(result.layers)
    except RecraftError:
        return False


def _rescued(result: Savable) -> str:
    suffix = ".svg" if result.layers[0].svg else ".png"
    try:
        folder = Path(mkdtemp(prefix="recraft-"))
        result.save(folder / f"result{suffix}", say=lambda _note: None)
    except (OSError, RecraftError):
        return say("Nothing else could be written either: the result is lost, and was paid for.")
    return say("The result is in {folder}: move it to where you want it.", folder=folder)
