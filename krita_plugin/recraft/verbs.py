"""What a person can choose: the catalogue's operations, some of them in two shapes, in the groups of the menu."""

from dataclasses import dataclass, field

from .shared.contract import MODELS
from .shared.operations import OPERATIONS
from .shared.options import option_for, options_of

# Options with a place of their own in the docker; all others get a row made from their rule.
OWN_PLACE = {
    "prompt", "style", "style_id", "colors", "text_layout", "source_image_id", "similarity", "vector", "expand_left",
    "expand_right", "expand_top", "expand_bottom", "zoom_out_percentage",
}  # fmt: skip


@dataclass(frozen=True)
class Verb:
    """One entry of the menu.

    `preset` are options it fixes; `whole` leaves the selection out of it.
    """

    key: str
    operation: str
    label: str
    group: str
    preset: dict = field(default_factory=dict)
    whole: bool = False
    button: str = ""
    short: str = ""

    @property
    def row(self):
        """The catalogue's row."""
        return OPERATIONS[self.operation]

    @property
    def needs_selection(self):
        """True when it works on a selection only."""
        return self.row.masked or self.key == "restyle_selection"

    @property
    def prompted(self):
        """True when it takes a prompt."""
        return self.row.row.parameter("prompt") is not None

    @property
    def models(self):
        """The models to choose from."""
        wanted = self.preset.get("vector")
        return tuple(name for name in self.row.row.models if wanted is None or MODELS[name].vector == wanted)

    @property
    def default_model(self):
        """The model it begins with."""
        default = self.row.row.default_model
        return default if default in self.models or not self.models else self.models[0]

    def options(self, model=""):
        """Rules of everything this verb takes with that model."""
        asked = options_of(self.row.row, model or self.default_model)
        return (*asked, *(option_for(self.row.row, name) for name in self.row.ours))

    def fields(self, model=""):
        """Those that get a row of their own."""
        return tuple(option for option in self.options(model) if option.name not in OWN_PLACE and self._shown(option))

    def _shown(self, option):
        return option.name not in self.preset and not (option.name == "size" and self.operation == "outpaint")

    def takes(self, name, model=""):
        """True when the option belongs to this verb and the model understands it."""
        return any(option.name == name for option in self.options(model))


VERBS = {
    verb.key: verb
    for verb in (
        Verb("fill", "inpaint", "Fill", "Selection", button="Fill selection"),
        Verb("erase", "erase", "Erase", "Selection", button="Erase selection"),
        Verb("new_background", "generate_background", "New background here", "Selection", short="Background"),
        Verb("restyle_selection", "image_to_image", "Restyle selection", "Selection", short="Restyle"),
        Verb("expand", "outpaint", "Expand", "Canvas", whole=True, button="Expand canvas"),
        Verb("replace_background", "replace_background", "Replace background", "Canvas", whole=True),
        Verb(
            "remove_background", "remove_background", "Remove background", "Canvas", button="Cut out", short="Cut out"
        ),
        Verb("restyle", "image_to_image", "Restyle", "Canvas", whole=True, button="Restyle canvas"),
        Verb("variations", "variations", "Variations", "Canvas", whole=True, button="Make variations"),
        Verb("vectorize", "vectorize", "Vectorize", "Canvas"),
        Verb("crisp_upscale", "crisp_upscale", "Crisp upscale", "Canvas", whole=True),
        Verb("creative_upscale", "creative_upscale", "Creative upscale", "Canvas", whole=True),
        Verb("image", "generate", "Image", "New", {"vector": False}, button="Generate"),
        Verb("vector_image", "generate", "Vector image", "New", {"vector": True}, button="Generate vector"),
        Verb("explore", "explore", "Explore", "New", button="Explore"),
        Verb("style", "create_style", "New style from layers", "Styles", button="Make style", short="New style"),
    )
}
GROUPS = ("Selection", "Canvas", "New", "Styles")
# The verbs shown beside the menu, with and without a selection.
NEAR = {True: ("fill", "erase", "restyle_selection"), False: ("image", "expand", "remove_background")}
# Those whose results need no words and are real without a key.
REAL_OFFLINE = "erase, expand, cut out, trace and upscale"


def suggested(has_selection):
    """What the main button does when nobody chose: the canvas decides."""
    return "fill" if has_selection else "image"
