"""The flags of a batch, and whether a command is one: what the parser needs before anything large is loaded."""

from __future__ import annotations

import argparse
import glob
from pathlib import Path, PurePosixPath
from typing import Any

from ..shared.i18n import N_, tr
from ..shared.operations import TILED
from .command import file_name

NAME = "batch"
HELP = N_("One operation over many pictures: skips bad files, goes on after any stop, never pays twice.")
EXAMPLE = "recraft batch remove-background photos/ -o cut/"
# Flags that only a batch has, with what they are when nobody gave them.
FLAGS: dict[str, Any] = {
    "jobs": None, "max_units": None, "limit": None, "skip_existing": False, "fail_fast": False,
    "retry_doubtful": False, "report": None, "ledger": None, "dask": None,
    "tiles": False, "overwrite": False,
}  # fmt: skip
_TABLES = {".csv", ".tsv", ".jsonl", ".ndjson"}


def add_flags(one: argparse.ArgumentParser, operation: str, *, shown: bool) -> None:
    """The flags of a batch of `operation`; where not `shown`, they work and are not in the help."""

    def add(name: str, text: str, **how: Any) -> None:
        one.add_argument(name, help=text if shown else argparse.SUPPRESS, **how)

    count = {"type": _count, "metavar": "NUMBER"}
    add("--jobs", N_("how many pictures are worked on at once"), **count)
    add("--max-units", N_("what this run may cost at most; 1,000 units are 1 US dollar"), **count)
    add("--limit", N_("do no more than so many pictures in this run"), **count)
    add("--skip-existing", N_("leave out whatever has a result, wherever it came from"), action="store_true")
    add("--overwrite", N_("overwrite files that no batch made"), action="store_true")
    add("--fail-fast", N_("stop at the first picture that fails"), action="store_true")
    add("--retry-doubtful", N_("send again what may have been charged without an answer"), action="store_true")
    add("--report", N_("write what became of each picture there, as JSON Lines"), type=file_name, metavar="FILE")
    add("--ledger", N_("where the batch's ledger is kept (default: in the results folder)"), type=file_name,
        metavar="FILE")  # fmt: skip
    if operation in TILED:
        add("--tiles", N_("cut what is larger than the service takes into overlapping tiles"), action="store_true")
    add("--dask", N_("let a Dask cluster do the work: the address of its scheduler"), metavar="ADDRESS")


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(tr("give a whole number, not {text}", text=text))
    return int(text)


def wanted(chosen: argparse.Namespace) -> bool:
    """True when a command is about several pictures, or says something that only a batch knows."""
    if getattr(chosen, "batch", False):
        return True
    names = getattr(chosen, "picture", None) or []
    return len(names) > 1 or any(getattr(chosen, name, usual) != usual for name, usual in FLAGS.items()) or any(
        map(_several, names)
    )  # fmt: skip


def _several(name: str) -> bool:
    if name == "-":
        return False
    if PurePosixPath(name).suffix.lower() in _TABLES or Path(name).is_dir():
        return True
    return glob.has_magic(name) and not Path(name).exists()
