"""Whether a result can be saved as a file: all of it that is known before anything is paid."""

from __future__ import annotations

from pathlib import Path

from ..imaging.readfile import ENDINGS, LARGEST
from ..shared.contract import EXPLORE_COUNT
from ..shared.destination import check_files, check_no_folder, series
from ..shared.errors import BadOption
from ..shared.geometry import Size
from ..shared.i18n import say
from ..shared.operations import Operation
from ..shared.plan import Plan, frame_of


def check(name: str, plan: Plan, size: Size | None, *, may_draw: bool, on_disk: bool = True) -> None:
    """Raises BadOption or StorageTrouble where the result of `plan`, of `size` px as far as known, cannot be `name`.

    In which {ext} stands for svg or png. Of what is not `on_disk`, only whether it can be of that kind is known.
    """
    path = Path(name.replace("{ext}", "svg" if may_draw else "png"))
    if on_disk:
        check_no_folder(path)
    suffix, what, remedy = path.suffix.lower(), "", "Give a name that ends in .png, .jpg, .webp, .tif or .svg."
    if suffix not in ENDINGS | {".svg"}:
        what = say(
            "{out} ends in {suffix}, which is no kind of picture that can be written.",
            out=path,
            suffix=suffix or say("nothing"),
        )
    elif suffix == ".svg" and not may_draw:
        what = say("{out} asks for a drawing, but the result will be pixels.", out=path)
        remedy = "Save it as .png, or vectorize it."
    elif size and max(size) > LARGEST.get(suffix, max(size)):
        what = say("{size} pixels cannot be written as {kind}.", size=size, kind=suffix[1:])
        remedy = "Use .png."
    if what:
        raise BadOption(what, remedy=remedy, option="out")
    if on_disk:
        check_files(series(path, count(plan.operation, plan)))


def count(operation: Operation, plan: Plan | None) -> int:
    """How many pictures come at most; of any `plan` where there is none yet."""
    several = operation.row.parameter("n")
    if several is None:
        return EXPLORE_COUNT if operation.row.answer == "images" else 1
    return int(plan.values.get("n") or 1) if plan else int(several.high or 1)


def is_placed(plan: Plan) -> bool:
    """True when the result has its place on the canvas, False when it is a picture of its own."""
    return plan.place is not None and plan.operation.shape not in {"new", "remix", "enlarge"}


def size_of(plan: Plan) -> Size | None:
    """The size in px of the picture that is saved; None where only the answer tells."""
    frame = frame_of(plan)
    return (frame.size if frame else plan.canvas) if is_placed(plan) else None
