"""Many in one go: every prompt that the wildcards stand for, over the chosen masks as areas or the chosen layers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from . import compat
from .key_frames import animated_layer, cache, drawings, offered
from .shared.errors import BadOption, RecraftError
from .shared.geometry import Box
from .shared.i18n import N_, say, tr
from .shared.plan import plan
from .shared.plugin.document_job import Job
from .shared.plugin.frame_run import FrameRun
from .shared.plugin.many import MOST, Many, Part, has_wildcards, spelled_out
from .shared.plugin.queue import request_of

if TYPE_CHECKING:
    from krita import Node

    from .desk import Desk
    from .host import Canvas
    from .shared.plan import Plan
    from .shared.plugin.state import State

# What a click may go over; the first is the default.
OVERS = {
    "": N_("The selection or the picture"),
    "areas": N_("Chosen masks and layers as areas"),
    "layers": N_("Each chosen layer by itself"),
    "frames": N_("Each key frame of the active layer"),
}


@dataclass(frozen=True)
class Target:
    """One of the chosen nodes."""

    name: str
    id: str
    box: Box
    node: Node
    times: tuple[int, ...] = ()  # of its key frames, where they are equal

    @property
    def title(self) -> str:
        """What it is called in the list."""
        return say("Frame {time}", time=", ".join(map(str, self.times))) if self.times else self.name


def overs(state: State[Canvas]) -> dict[str, str]:
    """Those of OVERS that can be chosen now."""
    return {key: text for key, text in OVERS.items() if key != "frames" or offered(state)}


def many_or_trouble(desk: Desk) -> tuple[Many | None, RecraftError | None]:
    """(what a click would ask for, None) where that is several requests, (None, trouble) or (None, None)."""
    try:
        return gathered(desk), None
    except RecraftError as trouble:
        return None, trouble


def gathered(desk: Desk) -> Many | None:
    """All that a click would ask for as one `Many`, None where it is a single request. Raises what a plan raises."""
    state = desk.state
    prompt = str(state.get("prompt") or "") if state.verb.prompted else ""
    over = state.get("over", "")
    targets: list[Any] = _targets(desk, over) if over and over in overs(state) else []
    prompts = spelled_out(prompt, MOST // max(1, len(targets))) if has_wildcards(prompt) else []
    if not prompts and not targets:
        return None
    over = over if targets else ""
    shared: dict[Any, Job] = {}
    pairs = [(target, words) for target in targets or [None] for words in prompts or [prompt]]
    # The frames of one prompt become one layer.
    runs = {words: FrameRun(desk.jobs, targets[0].id, cache()) for _, words in pairs} if over == "frames" else {}
    return Many(tuple(_part(desk, over, target, words, shared, runs.get(words)) for target, words in pairs))


def _targets(desk: Desk, over: str) -> list[Target]:
    canvas = desk.host.active()
    if canvas is None:
        return []
    if over == "frames":
        node = animated_layer(canvas)
        if node is None:
            return []
        own, whole = node.uniqueId().toString(), Box.of(canvas.size)
        return [Target(node.name(), own, whole, node, times) for times in drawings(desk.state, canvas, node)]
    kinds = ("selectionmask", "paintlayer", "vectorlayer") if over == "areas" else ("paintlayer", "grouplayer")
    targets = []
    for node in desk.host.chosen_layers():
        box = compat.box_of(node).intersect(Box.of(canvas.size))
        if node.type() in kinds and not box.empty:
            targets.append(Target(node.name(), node.uniqueId().toString(), box, node))
    if not targets:
        raise BadOption("No layer or mask is chosen.", remedy="Choose some in the layer docker.", option="over")
    return targets


def _part(
    desk: Desk, over: str, target: Target | None, words: str, shared: dict[Any, Job], run: FrameRun | None
) -> Part:
    state = desk.state
    if over == "areas" and target is not None and state.verb.prompted:
        # Each area has its own prompt: its name; the docker's words hold for all of them.
        words = ", ".join(part for part in (target.name, words.strip()) if part)
    ask = state.ask({"prompt": words} if words else None)
    if over == "areas" and target is not None:
        ask = replace(ask, selection=target.box)
    if "islands" in ask.options:  # each is one picture or one area by itself
        ask = replace(ask, options={**ask.options, "islands": "together"})
    job_plan = plan(ask)
    name = tr(target.title) if target is not None else ""
    title = " · ".join(part for part in ("" if over == "areas" else name, words) if part)
    begin = partial(_begin, desk, job_plan, dict(ask.options), over, target, shared, run)
    return Part(title or name, job_plan, begin)


def _begin(
    desk: Desk,
    job_plan: Plan,
    options: dict[str, Any],
    over: str,
    target: Any,
    shared: dict[Any, Job],
    run: FrameRun | None,
) -> Job:
    """Read what it needs, once for all that share it, and queue it."""
    canvas = desk.host.active()
    mine = (target.id, target.times) if target is not None else ""
    request = request_of(job_plan.operation.name, options, document=canvas.key if canvas else "", target=mine)
    job = Job(desk.state.verb, job_plan, options, canvas, request=request, desk=desk)
    job.result_as = desk.result_as(canvas)
    node: Any = target.node if target is not None else None
    if over in ("layers", "frames"):
        job.layer_id, job.layer_name, job.result_as = target.id, target.name, job.result_as or "above"
    if canvas is None:
        return desk.jobs.add(job)
    if run is not None:
        job.times, job.asked = target.times, len(target.times)
        run.take(job)
        return desk.jobs.add(job, run.selecting(job, canvas))
    if mine in shared:
        return desk.jobs.add(job, job.reading_of(shared[mine]))
    shared[mine] = job
    cover = partial(compat.coverage_of, canvas.document, node) if over == "areas" else None
    return desk.jobs.add(job, job.reading(canvas, node if over == "layers" else None, cover))
