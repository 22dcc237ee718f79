"""What a person can choose in a docker: each operation's verbs, with what a docker needs to know of them."""

from __future__ import annotations

from dataclasses import dataclass

from ..contract import MODELS
from ..i18n import N_
from ..operations import OPERATIONS, Operation, Verb
from ..options import Option, option_for, options_of

# Options with a place of their own in the docker; all others get a row made from their rule.
OWN_PLACE = {
    "prompt", "style", "style_id", "colors", "text_layout", "source_image_id", "similarity", "vector", "expand_left",
    "expand_right", "expand_top", "expand_bottom", "zoom_out_percentage",
}  # fmt: skip


@dataclass(frozen=True)
class DockerVerb(Verb):
    """A verb together with its operation's row."""

    operation: str = ""

    @property
    def row(self) -> Operation:
        """The operation's row."""
        return OPERATIONS[self.operation]

    @property
    def needs_selection(self) -> bool:
        """True when it works on a selection only."""
        return self.row.masked or (self.group == "Selection" and not self.whole)

    @property
    def prompted(self) -> bool:
        """True when it takes a prompt."""
        return self.row.row.parameter("prompt") is not None

    @property
    def models(self) -> tuple[str, ...]:
        """The models to choose from."""
        wanted = self.preset.get("vector")
        return tuple(name for name in self.row.row.models if wanted is None or MODELS[name].vector == wanted)

    @property
    def default_model(self) -> str:
        """The model it begins with."""
        default = self.row.row.default_model
        return default if default in self.models or not self.models else self.models[0]

    def options(self, model: str = "") -> tuple[Option, ...]:
        """Rules of everything this verb takes with that model."""
        options = options_of(self.row.row, model or self.default_model)
        return (*options, *(option_for(self.row.row, name) for name in self.row.ours))

    def fields(self, model: str = "") -> tuple[Option, ...]:
        """Those that get a row of their own."""
        return tuple(option for option in self.options(model) if option.name not in OWN_PLACE and self._shown(option))

    def _shown(self, option: Option) -> bool:
        return option.name not in self.preset and not (option.name == "size" and self.row.shape == "frame")

    def takes(self, name: str, model: str = "") -> bool:
        """True when the option belongs to this verb and the model understands it."""
        return any(option.name == name for option in self.options(model))


GROUPS = ("Selection", "Canvas", "New", "Styles")


def verbs() -> dict[str, DockerVerb]:
    """Every verb of every operation by its key, in the order of the groups."""
    unsorted = [DockerVerb(**vars(verb), operation=row.name) for row in OPERATIONS.values() for verb in row.verbs]
    return {verb.key: verb for verb in sorted(unsorted, key=lambda verb: GROUPS.index(verb.group))}


VERBS = verbs()
# The verbs shown beside the menu, with and without a selection.
NEAR = {True: ("fill", "erase", "restyle_selection"), False: ("image", "expand", "remove_background")}
EXPLORED = ("explore", "explore_similar")  # operations whose pictures can bring more of their kind
# Those whose results need no words and are real without a key.
REAL_OFFLINE = N_("erase, expand, cut out, trace and upscale")


def suggested(has_selection: bool) -> str:
    """What the main button does when nobody chose: the canvas decides."""
    return "fill" if has_selection else "image"
