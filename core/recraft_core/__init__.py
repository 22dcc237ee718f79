"""Recraft's image API, headless: mark a region, say what you want, get it back in place.

    from recraft_core import Studio

    Studio().erase("desk.jpg", mask="mug.png").save("clean.png")

`Studio` is the front door for scripts, `recraft_core.shared.errors` what can go wrong, `recraft_core.shared.contract`
what the service offers.
"""

from typing import TYPE_CHECKING, Any

from .shared import __version__
from .shared.errors import RecraftError

if TYPE_CHECKING:
    from .operations.result import Result
    from .studio import Studio

__all__ = ["RecraftError", "Result", "Studio", "__version__"]


def __getattr__(name: str) -> Any:
    # The plugins import this package in Pythons without numpy and Pillow; only who asks for Studio needs those.
    if name in {"Result", "Studio"}:
        from . import studio

        return getattr(studio, name)
    raise AttributeError(name)
