"""From canvas to call and from answer to layers: what happens between a plan and its result.

`sending` turns what the host read into a call · `placing` turns the answer's pictures into layers · `run` is the
whole way for one request, `run_parts` for a click that takes several. One way through the house: the command line,
`Studio` and the worker all come through here.
"""

from .parts import run_parts
from .placing import Layer, place
from .running import Journal, NoJournal, Outcome, Service, missed_note, run
from .sending import Reading, keeps_colours, prepare

__all__ = [
    "Journal",
    "Layer",
    "NoJournal",
    "Outcome",
    "Reading",
    "Service",
    "keeps_colours",
    "missed_note",
    "place",
    "prepare",
    "run",
    "run_parts",
]
