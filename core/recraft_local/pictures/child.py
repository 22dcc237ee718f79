"""Do risky picture work in a process of its own, which can be stopped: see `recraft_core.subprocesses`."""

from __future__ import annotations

from recraft_core import subprocesses

from .made import PictureTrouble


def run_child(argv: list[str], data: bytes, *, timeout_s: float) -> bytes:
    """What `in_child` of the module here named by `argv[0]` makes of the rest of `argv` and of `data`.

    Raises PictureTrouble when it takes longer than `timeout_s` (it is then stopped) or fails, and
    ModuleNotFoundError when the work needs a package that is not installed.
    """
    try:
        return subprocesses.run(f"{__package__}.{argv[0]}", argv[1:], data, timeout_s=timeout_s)
    except subprocesses.Failed as error:
        raise PictureTrouble(f"The {argv[0]} step failed: {error}. Try another or a smaller picture.") from error
