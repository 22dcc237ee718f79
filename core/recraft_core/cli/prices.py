"""`recraft account --prices`: what each operation and model costs, as the contract has it. Nothing is asked or sent."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from .. import learnt
from ..shared.contract import ALIASES, MODELS, UNITS_PER_USD
from ..shared.contract.learnt import PRICES, key_of
from ..shared.errors import Exit, plain
from ..shared.operations import OPERATIONS, Operation
from ..shared.plan import price_text
from .command import show


@dataclass(frozen=True)
class Line:
    """One price: `units` per "image" or per "request", `usd` the same in US dollars.

    `when` is the model or the value of an option it goes for, "" for all. `trust` says how it is known, `source` where
    the operation or the model stands, `note` what is unsure about it.
    """

    operation: str
    when: str
    units: int
    usd: float
    per: str
    trust: str
    source: str
    note: str


def table() -> list[Line]:
    """Every price of the contract, by operation."""
    return [line for operation in OPERATIONS.values() for line in _lines(operation)]


def _lines(operation: Operation) -> Iterator[Line]:
    row, price = operation.row, operation.row.price
    if price.units is None:
        own = not price.raster and not price.vector  # the model's, rather than one of the endpoint's
        for name in row.models:
            trust = MODELS[name].trust if own and price.trust == "documented" else price.trust
            yield _line(operation, name, row.units(name), trust, price.note, MODELS[name].source if own else row.source)
        return
    yield _line(operation, "", price.units, price.trust, price.note, row.source)
    for name, value, units in row.dearer:
        field = row.parameter(name) or row
        yield _line(operation, f"{name} {value}", units, field.trust, field.note, row.source)


def _newest(line: Line) -> Line:
    """The line with the price that an answer taught, where one did."""
    operation = OPERATIONS[line.operation.replace("-", "_")]
    name, _, value = line.when.partition(" ")
    units = PRICES.get(key_of(operation.row, {name: value} if value else {"model": name}))
    return line if units is None else replace(line, units=units, usd=units / UNITS_PER_USD, trust="learnt")


def _named(models: Mapping[str, Any]) -> Iterator[Line]:
    """Models that the service names and the tables do not know."""
    for name, row in models.items():
        if name not in MODELS and name not in ALIASES:
            note, usd = f"{plain(row['name']) or name}, for --model-id", row["units"] / UNITS_PER_USD
            yield Line("generate", plain(name), row["units"], usd, "image", "listed", "GET /v1/models", note)


def _line(operation: Operation, when: str, units: int, trust: str, note: str, source: str) -> Line:
    return Line(operation.command, when, units, units / UNITS_PER_USD, operation.row.price.per, trust, source, note)


def run(chosen: argparse.Namespace) -> int:
    """Print the table, and below it what is unsure."""
    models = learnt.load()["models"]
    lines = [*map(_newest, table()), *_named(models)]
    notes = {f"{line.operation}{_version(line)}": line.note for line in lines if line.note}
    show(
        chosen,
        [asdict(line) for line in lines],
        [*map(_text, lines), *(f"{name}: {note}." for name, note in notes.items())],
    )
    return Exit.OK


def _version(line: Line) -> str:
    return "" if line.when in {"", *MODELS} else f" {line.when}"


def _text(line: Line) -> str:
    cost = price_text(line.units) if line.units else "free"
    return f"{line.operation:<20} {line.when:<30} {cost:>20} per {line.per:<8} {line.trust}"
