"""One click for all open images: which of them take part, what they cost together, and what has become of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from gi.repository import Gimp

from . import reading
from .arguments import chosen, has, own_choices, property_of
from .shared.errors import BadOption, RecraftError
from .shared.i18n import N_, join, say, say_n, tr
from .shared.plugin.jobs import Job
from .shared.plugin.many import MOST, Many, Part, Tally, told_of
from .shared.plugin.queue import request_of
from .shared.plugin.requests import unexpected
from .ui_parts import combo, label, row

if TYPE_CHECKING:
    from .returns import Done
    from .running import Request, Run
    from .shared.protocol import Message

# What is wrong with one image rather than with what was asked for.
ABOUT_IMAGE = ("mask", "picture", "closed", "")


def request_text(run: Run, values: Mapping[str, Any] | None = None) -> str:
    """What a click asks for now, or would with other `values`: see queue.request_of. Two images of one name are two."""
    image = run.context.image
    values = run.values if values is None else values
    return request_of(run.entry.operation, values, **run.where, image=image.get_id() if image else 0)


class Images:
    """The row to choose this image or all open ones, and those. `changed()` rings when another is chosen."""

    def __init__(self, run: Run, changed: Callable[[], Any]) -> None:
        self._run = run
        self._runs: list[tuple[str, Run]] = []  # of each image, by its title
        self._made: set[int] = set()  # ids of images that are results of this dialog
        self._done: set[str] = set()  # what was asked for and has come, as it would be asked for again
        self._choice = combo({"this": N_("This image"), "all": ""}, "this", lambda _value: changed(), name=N_("Images"))
        self.widget = row(label("_Images", mnemonic=self._choice), self._choice, gap=12)
        self.widget.set_no_show_all(True)
        for child in self.widget.get_children():
            child.show()
        self.look_again()

    @property
    def all(self) -> bool:
        """True when a click is for all open images."""
        return self._choice.get_active_id() == "all" and self.widget.get_visible()

    def look_again(self) -> None:
        """See which images are open, and each as it is now."""
        own = self._run.context.image
        others = sorted(self._others(own), key=lambda image: image.get_id())
        contexts = [reading.look(image, ()) for image in others]
        runs = [replace(self._run, context=context, found={}) for context in contexts]
        runs = [self._run, *runs] if self._run.context.still else runs
        names = Counter(one.context.name for one in runs)
        self._runs = [(_title(one, names), one) for one in runs]
        rows: Any = self._choice.get_model()
        rows.set_value(rows.get_iter(1), 0, tr("All open images ({count})", count=len(runs)))
        takes = self._run.entry.is_filter and self._run.entry.row.picture
        self.widget.set_visible(bool(takes) and len(runs) > 1)

    def _others(self, own: Gimp.Image | None) -> list[Gimp.Image]:
        mine = own.get_id() if own is not None else 0
        return [one for one in Gimp.get_images() if one.get_id() not in {mine, *self._made}]

    # --- before the click -------------------------------------------------------------------------------------------

    def gathered(self, *, prompt: bool = False, free: bool = False) -> Many:
        """All that takes part; begun, each is a job of one tally. `prompt`: as if one were written already;
        `free`: nothing may be charged.

        Once some have come, what is left. Raises BadOption where none can be worked on, or there are too many.
        """
        config, tally = self._frozen(), Tally(0)
        parts: list[Part] = []
        come: list[Part] = []
        left: list[tuple[str, BadOption]] = []
        for title, run in self._runs:
            one = replace(run, config=config)
            try:
                plan = one.plan(prompt=prompt)
            except BadOption as trouble:
                left.append((title, trouble))
                continue
            text = request_text(one)
            begin = partial(self._job, one, text, title, 0 if free else plan.units, tally)
            (come if text in self._done else parts).append(Part(title, plan, begin))
        if not parts:
            parts, come = come, []  # all have come: another turn
        if not (parts or left):
            raise BadOption("The image has been closed.", remedy="Nothing was sent.", option="closed")
        if not parts:
            raise max((trouble for _, trouble in left), key=lambda trouble: trouble.option not in ABOUT_IMAGE)
        if len(parts) > MOST:
            raise BadOption(say("These are {count} images.", count=len(parts)),
                            remedy=say("Leave up to {most} open.", most=MOST), option="picture")  # fmt: skip
        tally.count = len(parts)
        ready = [(part.title, N_("It has its result already.")) for part in come]
        return Many(tuple(parts), (*((title, trouble.what) for title, trouble in left), *ready))

    def _frozen(self) -> Gimp.ProcedureConfig:
        """What is set now: the fields may change while the images are worked on. Without the file for a drawing, which
        is one only.
        """
        entry, config = self._run.entry, self._run.procedure.create_config()
        names = [property_of(option.name) for option in entry.row.options]
        for name in (*names, *own_choices(entry), "ask-again", "keep-prompt"):
            if has(config, name):
                config.set_property(name, chosen(self._run.config, name))
        return config

    @staticmethod
    def notes(many: Many) -> list[str]:
        """What is told before the click."""
        count = len(many.parts)
        first = say_n("{n} image.", "{n} images, one after the other.", count)
        left = told_of(many.left_out)
        return [first, *([say("Left out: {which}", which=join(*left))] if left else [])]

    # --- after it ---------------------------------------------------------------------------------------------------

    def _job(self, run: Run, text: str, title: str, most: int, tally: Tally) -> Job:
        """The job of one image; whoever was shown a price pays no more than that."""
        return Job(text, {}, (), title, read=partial(self._read, run, most), group=tally)

    @staticmethod
    def _read(run: Run, most: int, job: Job) -> None:
        """Read the image as it is when its turn comes."""
        try:
            run.look_again()
            request = run.request() if run.context.still else None
        except RecraftError:
            raise
        except Exception as problem:  # noqa: BLE001 - a fault with one image is no fault of the others
            raise unexpected(problem) from None
        if request is None:
            raise BadOption("The image has been closed.", remedy="Nothing was sent.", option="closed")
        job.about, job.blobs, job.fields = request, request.blobs, {**request.fields, "most": most}

    def take(self, job: Job, outcome: Callable[[], Message]) -> Done | None:
        """Place the result of one that `outcome` answers; None where it has failed, which its tally tells."""
        try:
            done = self._placed(job.about, outcome())
        except RecraftError as trouble:
            job.group.miss(job.title, trouble)
            return None
        except Exception as problem:  # noqa: BLE001 - a fault with one image is no fault of the others
            job.group.miss(job.title, unexpected(problem))
            return None
        job.group.done += 1
        job.group.told += [(job.title, what) for what in done.surprises]
        done.surprises = []
        return done

    def _placed(self, request: Request, result: Message) -> Done:
        done = request.place(result)
        request.remember()
        # Several pictures are an image each; `done.image` is the last of them.
        made = [done.image, *(layer.get_image() for layer in done.layers)]
        self._made |= {one.get_id() for one in made if one is not None} - {request.context.image.get_id()}
        after = replace(self._run, context=reading.look_again(request.context), found={})
        if after.context.still:
            with suppress(BadOption):  # healed, it has nothing left to do
                self._done.add(request_text(after, request.values))
        return done


def _title(run: Run, names: Counter[str]) -> str:
    """The image's name, as GIMP's window has it where two have the same."""
    name, image = run.context.name, run.context.image
    return f"{name}-{image.get_id()}" if names[name] > 1 else name
