"""Where a finished job's layers go: onto the canvas it came from, into a mask, or into a document of its own."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from . import compat
from .host import Gone, placed_layers
from .key_frames import FrameLayer, with_result
from .placing import Placement, mask_of, mask_without
from .qt import Qt, QtGui, picture_of
from .shared.errors import RecraftError
from .shared.geometry import Box, Size
from .shared.i18n import N_, join, say
from .shared.islands import around
from .shared.plugin.following import Move, alike, following
from .shared.plugin.frame_run import left_out
from .shared.plugin.placement import CHOICES, Spot, foreign_box, spot
from .shared.plugin.removal import empty, kept_of_all, targets

if TYPE_CHECKING:
    from krita import Node

    from .host import Canvas, Host
    from .shared.plugin.document_job import Job
    from .shared.plugin.following import Read
    from .shared.plugin.result import Result
    from .shared.protocol import Bytes

MASK, SELECTION, SCALE = "mask", "selection", "scale"
_UNDOABLE = {key: text for key, text in CHOICES.items() if key != "into"}  # writing into a layer is two undo steps


def choices(shape: str, *, can_mask: bool) -> dict[str, str]:
    """What can be done with a result of an operation of that shape, the default first: {key: text}."""
    if shape == "enlarge":
        return {"": N_("New document"), SCALE: N_("Scale this picture")}
    return {key: text for key, text in _UNDOABLE.items() if key != MASK or can_mask}


class Kept(RecraftError):
    """The result has no place on the canvas any more; it is in the history."""


class Delivery:
    """One result on its way to its place, in steps. Raises Gone when its document was closed, Kept without a place."""

    def __init__(self, host: Host, job: Job) -> None:
        self.job = job
        self._host = host
        self._placement: Placement | FrameLayer | None = None
        self._work = self._way()

    def step(self) -> bool:
        """A bit of the work; False when it is done."""
        return next(self._work, None) is not None

    def give_up(self, trouble: Exception) -> None:
        """It cannot be placed: say why, and where it is."""
        self.drop()
        self.job.note = unplaced(trouble, kept=bool(self.job.result.entry))

    def drop(self) -> None:
        """Let go of what was built."""
        if self._placement is not None:
            self._placement.drop()

    def _canvas(self) -> Canvas:
        canvas = self._host.find(self.job.key)
        if canvas is None:
            raise Gone(
                say("The picture “{title}” was closed.", title=self.job.title),
                remedy="The result is in the strip; open a picture to place it there.",
            )
        return canvas

    def _way(self) -> Iterator[bool]:
        job, result = self.job, self.job.result
        if not self.job.key:
            # There was no picture: the result becomes one.
            yield from self._documents()
            return
        canvas = self._canvas()
        shape = job.plan.operation.shape
        if shape == "enlarge" and not self._scales(canvas):
            yield from self._documents(canvas)
            return
        yield from self._calm(canvas)
        if job.frames:
            yield from self._frames(canvas)
            return
        move = yield from self._follow(canvas, canvas.peek)
        if job.result_as in (MASK, SELECTION):
            yield from self._calm(canvas)
            self._mask(canvas, move) if job.result_as == MASK else self._select(canvas, move)
            return
        if shape == "enlarge":
            canvas.scale(Size(*result.layers[0]["box"][2:]))
            yield True
        placed = self._placed(canvas, result, move)
        erases = job.operation == "erase" and move.same and not job.result_as
        if erases and (yield from self._removed(canvas, placed[0])):
            return
        yield from self._layers(canvas, placed, move)
        if result.frame is not None and self._as_it_was(canvas):
            # Growing is a step of its own in Krita's undo; the layers shift along by themselves.
            canvas.grow(result.frame)

    def _scales(self, canvas: Canvas) -> bool:
        """A canvas that was cropped or scaled while the job ran would be distorted: it gets a new document then."""
        return self.job.result_as == SCALE and self._as_it_was(canvas)

    def _as_it_was(self, canvas: Canvas) -> bool:
        return canvas.size == self.job.canvas_size

    def _calm(self, canvas: Canvas) -> Iterator[bool]:
        """Wait for the end of a stroke or a transformation, and say so."""
        while canvas.busy:
            self.job.phase = N_("waits for your stroke")
            yield True
            canvas.check()

    # --- following the canvas ---------------------------------------------------------------------------------------

    def _follow(self, canvas: Canvas, peek: Read) -> Generator[bool, None, Move]:
        """What happened to the canvas since the click."""
        move: Move | None = Move()
        if self.job.print is not None:
            for move in following(self.job.print, canvas.size, peek):  # noqa: B007 - the last one counts
                yield True
                yield from self._calm(canvas)
        if move is None:
            raise Kept(
                "The canvas has changed so much meanwhile that the result has no sure place.",
                remedy="It is in the strip: place it from there.",
            )
        if not move.same:
            self.job.where.append(move.said())
        return move

    def _placed(self, canvas: Canvas, result: Result, move: Move) -> list[dict[str, Any]]:
        """The layers with their boxes in the canvas as it is now."""
        whole = Box.of(canvas.size)
        if result.place is None or self.job.foreign:
            # It has no place of its own here, such as variations, Explore's pictures, and results of other pictures.
            layers = [_fitted(layer, canvas.size) for layer in result.layers]
            if any(layer["box"][2:] != list(old["box"][2:]) for layer, old in zip(layers, result.layers)):
                self.job.where.append("It was scaled down to fit the canvas.")
            return layers
        layers = [_moved(layer, move) for layer in result.layers]
        if result.frame is None and all(Box(*layer["box"]).intersect(whole).empty for layer in layers):
            raise Kept("The place of the result was cut away meanwhile.", remedy="It is in the strip.")
        return layers

    def _layers(self, canvas: Canvas, layers: list[dict[str, Any]], move: Move) -> Iterator[bool]:
        clip = _clip(self.job.clip, move)
        self._placement = Placement(canvas, layers, clip)
        while self._placement.step():
            yield True
            yield from self._calm(canvas)
        yield from self._calm(canvas)
        box = Box(*layers[0]["box"])
        how = self.job.result_as if self.job.result_as in CHOICES else "automatic"
        place = spot(canvas.tree(), box, how, active=self._active(canvas), read=self.job.seen, ours=placed_layers())
        if place.note:
            self.job.where.append(place.note)
        self.job.placed_as = self._placement.enter(place)
        canvas.say(self.job.result.said)

    def _frames(self, canvas: Canvas) -> Iterator[bool]:
        """The key frames that came, in a copy of their layer right above it."""
        job = self.job
        node = canvas.node(job.layer_id)
        if node is None:  # what had come before was undone
            job.layer_id = job.frames[0].layer_id
            node = canvas.node(job.layer_id)
        if node is None:
            raise Kept("The animated layer is gone.", remedy="The results are in the strip.")
        for one in job.frames:
            one.times = tuple(time for time in one.times if _as_sent(one, canvas, node, time))
        there = [one for one in job.frames if one.times]
        if not there:
            raise Kept("The canvas has changed meanwhile.", remedy="The results are in the strip.")
        job.where += left_out(sum(one.asked - len(one.times) for one in job.frames))
        job.frames, job.print = there, there[0].print
        move = yield from self._follow(canvas, partial(canvas.read_frame, there[0].times[0], node))
        if not move.same:
            raise Kept("The canvas has changed meanwhile.", remedy="The results are in the strip.")
        filled = yield from self._fill(canvas, node)
        yield from self._calm(canvas)
        box = Box(*job.result.layers[0]["box"])
        place = spot(canvas.tree(), box, "above", active=job.layer_id, read=job.seen, ours=placed_layers())
        job.placed_as = canvas.enter(filled.finished(job.result.layers[0]["name"]), place)
        for one in job.frames:
            canvas.say(one.result.said)

    def _fill(self, canvas: Canvas, node: Node) -> Generator[bool, None, FrameLayer]:
        """The results into the key frames of a copy, which is taken late: what was painted meanwhile is in it."""
        shelf, made = self.job.shelf, []
        for one in self.job.frames:
            layer = {**one.result.layers[0], "pixels": shelf.get(one.result.layers[0]["pixels"])}
            for time in one.times:
                for whole in with_result(canvas.document, node, time, layer, *(one.clip or (None, None))):
                    if whole is not None:
                        box, new, touched = whole
                        made.append((time, box, shelf.put(new), shelf.put(touched)))
                    yield True
                    yield from self._calm(canvas)
        self._placement = filled = FrameLayer(canvas.document, node)
        for time, box, new, touched in made:
            for _ in filled.put(time, box, shelf.get(new), shelf.get(touched)):
                yield True
                yield from self._calm(canvas)
        return filled

    def _active(self, canvas: Canvas) -> str:
        if self.job.result_as == "above" and self.job.layer_id in canvas.layer_ids():
            return self.job.layer_id  # the layer it was clicked on, whichever is active by now
        return canvas.layer_id

    def _mask(self, canvas: Canvas, move: Move) -> None:
        layer = self._placed(canvas, self.job.result, move)[0]
        # Every fourth byte of BGRA is the alpha.
        mask = mask_of(canvas.document, bytes(layer["pixels"])[3::4], Box(*layer["box"]), layer["name"])
        target = spot(canvas.tree(), Box(*layer["box"]), "mask", active=self.job.layer_id)
        if target.how != "mask":
            raise Kept("The layer to be masked is gone, hidden or locked.", remedy="The result is in the strip.")
        self.job.placed_as = canvas.enter(mask, target)

    def _select(self, canvas: Canvas, move: Move) -> None:
        """The opaque part of the result becomes the selection; nothing else changes."""
        layer = self._placed(canvas, self.job.result, move)[0]
        canvas.select(bytes(layer["pixels"])[3::4], Box(*layer["box"]))

    def _removed(self, canvas: Canvas, layer: dict[str, Any]) -> Generator[bool, None, bool]:
        """Erasing where the picture is transparent: what is to go is masked. True when that was all there was to do."""
        job = self.job
        if not job.reads or layer["pixels"] is None:
            return False
        area = around([box for _, _, box in job.reads])
        cover = yield from kept_of_all(job.reads, area, layer["pixels"], Box(*layer["box"]))
        if cover is None:
            return False
        if not canvas.can_mask:
            job.where.append("Where the picture is transparent, Delete clears the selection.")
            return False
        yield True
        yield from self._calm(canvas)
        there = set(canvas.layer_ids())
        for target in (one for one in targets(job.marked, job.layer_id) if one in there):
            mask = mask_without(canvas.document, cover, area, layer["name"])
            job.placed_as = canvas.enter(mask, Spot("mask", target=target))
        job.where.append("What was erased is hidden by a transparency mask.")
        return (yield from empty(layer["pixels"]))

    def _documents(self, like: Canvas | None = None) -> Iterator[bool]:
        for layer in self.job.result.layers:
            name = f"{self.job.title or 'Recraft'} · {layer['name']}" if like else layer["name"]
            self._host.open_new(layer, name, like, self.job.result.said)
            yield True


def _as_sent(job: Job, canvas: Canvas, node: Node, time: int) -> bool:
    """True when a key frame may be what was read; on a canvas of another size that is told otherwise."""
    if not canvas.has_frame(time, node):
        return False
    return job.print.canvas != canvas.size or alike(job.print, canvas.size, partial(canvas.read_frame, time, node))


def _moved(layer: dict[str, Any], move: Move) -> dict[str, Any]:
    """A layer where the canvas has taken it, turned and scaled along."""
    if move.same:
        return layer
    box = Box(*layer["box"])
    if layer["pixels"] is None:
        return {**layer, "move": move}
    now = move.box(box)
    turned = box.size if not move.b else Size(box.height, box.width)
    pixels = _sized(move.pixels(layer["pixels"], *box.size), turned, now.size)
    # A drawing is placed by its own old box, and taken along by the move.
    return {**layer, "box": list(box if layer["svg"] is not None else now), "pixels": pixels, "move": move}


def _fitted(layer: dict[str, Any], canvas: Size) -> dict[str, Any]:
    """A layer in the middle of the canvas, scaled down to lie on it."""
    width, height = layer["box"][2:]
    box = foreign_box((width, height), canvas)
    pixels = layer["pixels"] if layer["pixels"] is None else _sized(layer["pixels"], Size(width, height), box.size)
    return {**layer, "box": list(box), "pixels": pixels}


def _sized(pixels: Bytes, size: Size, wanted: Size) -> Bytes:
    """BGRA pixels of `size` scaled to another one."""
    if tuple(size) == tuple(wanted):
        return pixels
    modes = Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
    image = picture_of(pixels, *size).scaled(*wanted, *modes)
    return compat.bits(image.convertToFormat(QtGui.QImage.Format.Format_ARGB32))


def _clip(clip: tuple[Bytes, Box] | None, move: Move) -> tuple[Bytes, Box] | None:
    """The coverage that drawings are cut with, where the canvas has taken it."""
    if clip is None or move.same:
        return clip
    coverage, box = clip
    now = move.box(box)
    turned = box.size if not move.b else Size(box.height, box.width)
    data = move.pixels(coverage, *box.size, step=1)
    if turned != now.size:
        wide = b"".join(bytes((value,)) * 4 for value in data)
        data = bytes(_sized(wide, turned, now.size))[3::4]
    return data, now


def unplaced(trouble: Exception, *, kept: bool) -> str:
    """Why a result did not come onto the canvas, and where it is; not `kept`: it is in no history."""
    gone = "" if kept else say("It is in no history, as you set it, and is lost.")
    if isinstance(trouble, RecraftError):
        return join(trouble.what, gone or trouble.remedy)
    if gone:
        return join(say("Krita did not take the result ({trouble}).", trouble=trouble), gone)
    return say("Krita did not take the result ({trouble}). It is in the strip: place it from there.", trouble=trouble)
