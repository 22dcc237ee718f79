"""The front door for scripts.

    from recraft_core import Studio

    Studio().erase("desk.jpg", mask="mug.png").save("clean.png")

One method per operation. Pictures may be paths, bytes, Pillow images or numpy arrays; a mask is a picture of the same
size in which the selection is white. Every option of the command line is a keyword of the same name. Without an API
key the work is done by the embedded engine on this computer.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import learnt, settings
from .api.client import Progress
from .api.pacing import Turns
from .api.service import Connection, choose, models
from .history import Entry, History
from .history.recorder import Books, Filing, Origin, fingerprint
from .history.twins import once
from .imaging.canvas import Canvas, read_canvas
from .imaging.colour import name_of
from .imaging.mask import bounds
from .imaging.pixels import Coverage, Pixels, crop, packed
from .imaging.readfile import PictureLike, Selection, read_mask, read_picture
from .operations import Journal, Outcome, Reading, Service, keeps_colours, run, run_parts, saving
from .operations.result import Result
from .shared.contract import MODELS
from .shared.errors import BadOption
from .shared.geometry import Box
from .shared.i18n import join
from .shared.islands import areas
from .shared.operations import OPERATIONS
from .shared.plan import Ask, Plan, plan, wants_areas
from .shared.validation import Files

if TYPE_CHECKING:
    from .batch import Batch
    from .batch import Options as BatchOptions


@dataclass(frozen=True)
class Job:
    """An operation that is ready to go. Nothing was sent yet. `notes` tell what was made of the files, in sentences.

    `document` is what the history calls it where there is no canvas: the names of a style's pictures.
    """

    studio: Studio
    plan: Plan
    reading: Reading
    canvas: Canvas | None
    notes: tuple[str, ...] = ()
    parts: tuple[Reading, ...] = ()  # what each part of the plan sends
    document: str = ""
    native: bool = False  # it is sent in the numbers of the canvas's own profile

    @property
    def may_draw(self) -> bool:
        """True unless what comes back is surely pixels."""
        model = MODELS.get(str(self.plan.values.get("model")))
        drawn = self.plan.operation.name == "vectorize" or bool(model and model.vector)
        return drawn or bool(self.canvas and self.canvas.svg)

    def check_out(self, path: str | Path, *, on_disk: bool = True) -> None:
        """Raises BadOption or StorageTrouble where the result cannot be saved as `path`, as far as that is known.

        Where the path is not `on_disk` but an address, only whether it can be of that kind.
        """
        size = saving.size_of(self.plan)
        saving.check(str(path), self.plan, size, may_draw=self.may_draw, on_disk=on_disk)

    def run(self) -> Result:
        """Carry it out."""
        studio = self.studio
        entries: list[Entry] = []

        def one(plan: Plan, reading: Reading) -> Outcome:
            with studio.filing(reading, self.canvas, self.document, native=self.native) as journal:
                work = partial(run, plan, studio.service, reading, journal=journal, progress=studio.progress)
                if not isinstance(journal, Filing):
                    return work()
                outcome, twin = once(journal.history, work, lambda: studio.progress("working", 0.0))
                entries.extend(filter(None, (twin or journal.entry,)))
                return outcome

        outcome = run_parts(self.plan, self.parts, one) if self.plan.parts else one(self.plan, self.reading)
        if not entries:
            return Result(outcome, self.canvas, "", self.notes, studio.offline, native=self.native)
        last = entries[-1]
        return Result(outcome, self.canvas, last.id, self.notes, studio.offline, last.created, self.native)


class Studio:
    """All operations on picture files and arrays.

    `key` is the API key (else RECRAFT_API_TOKEN, else what `recraft key set` stored); `local` True uses the
    embedded engine even when there is a key, without `share` one that nobody else uses. `base_url` and `proxy`
    override the settings. `progress` is called with a phase and the share done. Results are kept in the history, as the
    settings say. `service` and `journal` are seams for those who bring their own; with a service of your own nothing is
    filed unless you bring a journal too. `pacer` gives out the turns of requests, where computers share one limit.
    `books` are those of a batch.
    """

    def __init__(
        self,
        *,
        key: str | None = None,
        base_url: str | None = None,
        local: bool = False,
        proxy: str = "",
        share: bool = True,
        progress: Progress = lambda _phase, _share: None,
        service: Service | None = None,
        journal: Journal | None = None,
        pacer: Turns | None = None,
    ) -> None:
        self._choice = {"key": key, "base_url": base_url, "local": local, "proxy": proxy, "share": share}
        self._connection: Connection | None = None
        self._service = service
        self._pacer = pacer
        self.progress = progress
        self.journal = journal
        self.books: Books | None = None

    @property
    def offline(self) -> bool:
        """True when the embedded engine does the work, so that nothing is paid."""
        if self._connection is not None:
            return self._connection.offline
        return self._service is None and choose(**self._choice).offline  # type: ignore[arg-type]

    @property
    def service(self) -> Service:
        """The service in use; connected at the first need."""
        if self._service is None:
            self._service = self._connected()
        return self._service

    def _connected(self) -> Service:
        self._connection = choose(**self._choice)  # type: ignore[arg-type]
        return self._connection.open(pacer=self._pacer)

    @contextmanager
    def filing(
        self, reading: Reading, canvas: Canvas | None, document: str = "", *, native: bool = False
    ) -> Iterator[Journal | None]:
        """The journal of one click: the studio's own, else one that files it in the history, as `document`."""
        if self._service is None:
            self._service = self._connected()
        if self.journal is not None or self._connection is None:
            yield self.journal
            return
        path = canvas.path if canvas else ""
        spelled = _spelled(path)
        icc = canvas.source.icc if native and canvas else None
        origin = Origin(
            "file", Path(spelled).name or document, path=spelled, fingerprint=fingerprint(path),
            colours=name_of(icc) if icc else "",
        )  # fmt: skip
        with closing(History()) as history:
            offline = self._connection.offline
            yield Filing(history, settings.read()[0], reading, origin, offline=offline, books=self.books)

    def job(
        self,
        operation: str,
        picture: PictureLike | None = None,
        *,
        mask: PictureLike | None = None,
        transparent_mask: bool = False,
        invert_mask: bool = False,
        pictures: Sequence[PictureLike] = (),
        **options: Any,
    ) -> Job:
        """An operation planned but not carried out: its price and what it would send are in `plan`.

        `mask` selects where it is white and opaque, its greys softly; where it is transparent with
        `transparent_mask`, as OpenAI's API has it; `invert_mask` exchanges selected and not selected.
        """
        learnt.load()
        if options.get("model_id"):
            self._look_up()
        if options.get("style_references") is not None:
            pictures, options["style_references"] = _named(options["style_references"])
        canvas = read_canvas(picture) if picture is not None else None
        selection = _selection(mask, canvas, transparent=transparent_mask, invert=invert_mask)
        job_plan = _plan(operation, canvas, selection, options)
        others = [read_picture(one) for one in pictures]
        coverage = selection.coverage if selection else None
        native = canvas is not None and canvas.own is not None and keeps_colours(job_plan)
        reading = _reading(job_plan, canvas, coverage, [one.pixels for one in others], native=native)
        parts = tuple(_reading(part, canvas, coverage, (), native=native) for part in job_plan.parts)
        source_notes = [*(canvas.source.notes if canvas else ()), *(note for one in others for note in one.notes)]
        files = [os.fspath(one) for one in pictures if isinstance(one, (str, os.PathLike))]
        named = ", ".join(Path(_spelled(one)).name for one in files)
        notes = (*source_notes, *(selection.notes if selection else ()))
        return Job(self, job_plan, reading, canvas, notes, parts, named, native)

    def _look_up(self) -> None:
        """Ask the service, once a day, for the names and prices of its models."""
        connection = choose(**self._choice)  # type: ignore[arg-type]
        if not connection.offline and self._service is None:
            learnt.refresh(partial(models, connection))

    def run(self, operation: str, picture: PictureLike | None = None, **options: Any) -> Result:
        """Any operation by its name; the methods below are this with one name each."""
        return self.job(operation, picture, **options).run()

    def batch(self, operation: str, rows: Iterable[Any], *, how: BatchOptions | None = None, **more: Any) -> Batch:
        """One operation over many pictures, each done once and paid once; iterate over the batch to have it done.

        `rows` are files, folders, patterns, tables, or dicts with "picture", "mask", "out" and options; `how` says
        where results go and what they may cost. `executor` is "threads", "processes" or anything with the interface
        of concurrent.futures.Executor, whose workers have the key in their own settings or environment. What else is
        given are options of the operation.
        """
        from .batch import Opening, Options, batch_of

        own = self._service is not None and self._connection is None
        opening = Opening(Studio, tuple(self._choice.items()), self if own else None)
        return batch_of(opening, operation, rows, how or Options(), free=self.offline, **more)

    def __getattr__(self, name: str) -> Callable[..., Result]:
        """An operation without a method of its own below: `run` with its name."""
        if name in OPERATIONS:
            return partial(self.run, name)
        raise AttributeError(f"“{name}” is not an operation. Choose one of {', '.join(OPERATIONS)}.")

    def generate(self, prompt: str, **options: Any) -> Result:
        """A new picture from words; `vector=True` for an SVG."""
        return self.run("generate", prompt=prompt, **options)

    def inpaint(self, picture: PictureLike, *, mask: PictureLike, prompt: str, **options: Any) -> Result:
        """Fill the selection with what the prompt says."""
        return self.run("inpaint", picture, mask=mask, prompt=prompt, **options)

    def erase(self, picture: PictureLike, *, mask: PictureLike, **options: Any) -> Result:
        """Take away what is selected and close the gap."""
        return self.run("erase", picture, mask=mask, **options)

    def outpaint(self, picture: PictureLike, *, prompt: str = "", **options: Any) -> Result:
        """Continue the picture beyond its edges: `expand_left` … in px, `size="16:9"`, or `zoom_out_percentage`."""
        return self.run("outpaint", picture, prompt=prompt, **options)

    def replace_background(self, picture: PictureLike, *, prompt: str, **options: Any) -> Result:
        """Keep the subject and put another background behind it."""
        return self.run("replace_background", picture, prompt=prompt, **options)

    def generate_background(self, picture: PictureLike, *, mask: PictureLike, prompt: str, **options: Any) -> Result:
        """Fill the selection with a background."""
        return self.run("generate_background", picture, mask=mask, prompt=prompt, **options)

    def remove_background(self, picture: PictureLike, **options: Any) -> Result:
        """Keep the subject, make the rest transparent."""
        return self.run("remove_background", picture, **options)

    def vectorize(self, picture: PictureLike, **options: Any) -> Result:
        """Turn the picture into shapes (SVG)."""
        return self.run("vectorize", picture, **options)

    def crisp_upscale(self, picture: PictureLike, **options: Any) -> Result:
        """Enlarge the picture, sharp and clean."""
        return self.run("crisp_upscale", picture, **options)

    def creative_upscale(self, picture: PictureLike, **options: Any) -> Result:
        """Enlarge the picture and refine its details."""
        return self.run("creative_upscale", picture, **options)

    def refine_details(self, picture: PictureLike, **options: Any) -> Result:
        """Redraw the details of the picture or the selection; `refinement` is subtle or moderate."""
        return self.run("refine_details", picture, **options)

    def image_to_image(self, picture: PictureLike, *, prompt: str, strength: float, **options: Any) -> Result:
        """Redraw the picture after the prompt; `strength` 0 keeps it almost as it is, 1 keeps hardly anything."""
        return self.run("image_to_image", picture, prompt=prompt, strength=strength, **options)

    def variations(self, picture: PictureLike, **options: Any) -> Result:
        """More pictures like this one."""
        return self.run("variations", picture, **options)

    def explore(self, prompt: str, **options: Any) -> Result:
        """A set of different pictures from words."""
        return self.run("explore", prompt=prompt, **options)

    def explore_similar(self, source_image_id: str, similarity: int, **options: Any) -> Result:
        """More pictures like one that explore made; `similarity` 1 (a little) to 5 (extremely)."""
        return self.run("explore_similar", source_image_id=source_image_id, similarity=similarity, **options)

    def create_style(self, style: str, pictures: Sequence[PictureLike] = (), **options: Any) -> Result:
        """A style of your own from 1 to 10 pictures; its id is in `body["id"]`."""
        return self.run("create_style", pictures=pictures, style=style, **options)

    def enhance_prompt(self, prompt: str) -> str:
        """A short prompt turned into a rich one."""
        return str(self.run("enhance_prompt", prompt=prompt).body["prompt"])

    def palette(self, picture: PictureLike, count: int = 8, **options: Any) -> list[str]:
        """The picture's colours brought to at most `count`, as #rrggbb; with `mask=` those of the selection."""
        return list(self.run("palette", picture, num_colors_limit=count, **options).body["colors"])

    def account(self) -> Mapping[str, Any]:
        """Whose key it is and how many units are left: {"credits", "email", "id", "name"}."""
        return self.run("account").body


def _named(pictures: Any) -> tuple[Sequence[PictureLike], list[str]]:
    """Pictures that an option names or holds, and a name for each."""
    if isinstance(pictures, (str, os.PathLike)):
        pictures = Files().read(pictures)
    held = pictures if isinstance(pictures, (list, tuple)) else [pictures]
    paths = [isinstance(one, (str, os.PathLike)) for one in held]
    return held, [os.fspath(one) if path else f"-{at}" for at, (one, path) in enumerate(zip(held, paths, strict=True))]


def _spelled(path: str) -> str:
    """The path as text that can be kept: bytes in a name that are no UTF-8 become �."""
    return os.fsencode(path).decode("utf-8", "replace")


def _selection(mask: PictureLike | None, canvas: Canvas | None, *, transparent: bool, invert: bool) -> Selection | None:
    if mask is None or canvas is None:
        return None
    return read_mask(mask, canvas.size, transparent=transparent, invert=invert, picture=canvas.source.pixels)


def _plan(operation: str, canvas: Canvas | None, selected: Selection | None, options: Mapping[str, Any]) -> Plan:
    selection: Box | None = None
    if selected is not None:
        selection = bounds(selected.coverage)
        if selection.empty:
            raise BadOption(
                "The mask is black all over, so nothing is selected.",
                remedy=join("Make what should change white in it.", *selected.notes),
                option="mask",
            )
    ask = Ask(operation, options, canvas.size if canvas else None, selection)
    job_plan = plan(ask)
    if selected is None or canvas is None or selection is None or not wants_areas(job_plan):
        return job_plan
    part = crop(selected.coverage, canvas.size, selection, "L")
    return plan(replace(ask, areas=areas(packed(part), selection)))


def _reading(
    job_plan: Plan,
    canvas: Canvas | None,
    coverage: Coverage | None,
    pictures: Sequence[Pixels],
    *,
    native: bool = False,
) -> Reading:
    if canvas is None or job_plan.read is None:
        return Reading(pictures=pictures)
    part = None if coverage is None else crop(coverage, canvas.size, job_plan.read, "L")
    pixels = canvas.own if native and canvas.own is not None else canvas.source.pixels
    return Reading(crop(pixels, canvas.size, job_plan.read), part, canvas.svg, pictures)
