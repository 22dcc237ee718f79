"""Each documented rule, and a request that breaks it. The conformance table is made from these rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from recraft_local.model_list import style_id
from samples import sample

PROMPT = {"prompt": "a red door"}
EDIT = {"image": "photo"}
MASKED = {"image": "photo", "mask": "mask"}
WORD = {"text": "A", "bbox": [[0, 0], [1, 0], [1, 1], [0, 1]]}
NOWHERE = "00000000-0000-4000-8000-000000000000"


@dataclass(frozen=True)
class Case:
    """A request that breaks `says`; the engine must answer with the row `rule` of its table."""

    says: str
    path: str
    rule: str
    json: Any = None
    form: dict[str, Any] = field(default_factory=dict)
    files: dict[str, str] | list[tuple[str, str]] = field(default_factory=dict)
    raw: bytes | None = None
    content_type: str = ""
    key: str = "key"

    def request(self):
        """Keyword arguments for requests.post."""
        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        if self.raw is not None:
            return {"headers": {**headers, "Content-Type": self.content_type}, "data": self.raw}
        if self.json is not None:
            return {"headers": headers, "json": self.json}
        pairs = self.files.items() if isinstance(self.files, dict) else self.files
        parts = [(name, ("a.bin", sample(which))) for name, which in pairs]
        parts += [(name, (None, str(value))) for name, value in self.form.items()]
        return {"headers": headers, "files": parts}


def generate(says, rule, path="images/generations", **fields):
    return Case(says, path, rule, json={**PROMPT, **fields})


def edit(says, rule, path="images/inpaint", files=None, **fields):
    needs_mask = path in ("images/inpaint", "images/generateBackground", "images/eraseRegion")
    prompt = {} if path == "images/eraseRegion" else PROMPT
    return Case(says, path, rule, form={**prompt, **fields}, files=files or (MASKED if needs_mask else EDIT))


def process(says, rule, path, which):
    return Case(says, path, rule, files={"file": which})


V3 = {"model": "recraftv3"}
CASES = (
    # Door.
    Case("Requests carry Authorization: Bearer TOKEN", "images/generations", "unauthorized", json=PROMPT, key=""),
    Case("Unknown paths do not exist", "images/nothing", "no_such_path", json=PROMPT),
    Case("Generation takes a JSON body", "images/generations", "body_type", form=PROMPT),
    Case(
        "Edits take multipart/form-data", "images/inpaint", "body_type",
        raw=b"prompt=x", content_type="application/x-www-form-urlencoded",
    ),
    Case(
        "JSON must be JSON", "images/generations", "body_malformed", raw=b'{"prompt": ', content_type="application/json"
    ),
    Case(
        "multipart must be multipart", "images/inpaint", "body_malformed",
        raw=b"--x\r\nnonsense", content_type="multipart/form-data; boundary=y",
    ),
    Case(
        "multipart must be whole", "images/inpaint", "body_malformed", content_type="multipart/form-data; boundary=y",
        raw=b'--y\r\nContent-Disposition: form-data; name="prompt"\r\n\r\na red door\r\n--y\r\n',
    ),
    Case(
        "JSON holds whole characters", "images/generations", "body_malformed",
        raw=b'{"prompt": "half a pair: \\ud83d"}', content_type="application/json",
    ),
    Case(
        "JSON is UTF-8", "images/generations", "body_malformed",
        raw='{"prompt": "a red door"}'.encode("utf-16"), content_type="application/json",
    ),
    Case("billing is api or subscription", "images/generations?billing=free", "choice", json=PROMPT),
    Case("Only documented query parameters", "images/generations?modle=x", "unknown_query", json=PROMPT),
    # Model, prompt, style: in this order.
    generate("model must be one of the sixteen", "model_unknown", model="recraftv9"),
    generate("model is checked before the prompt", "model_unknown", model="recraftv9", prompt=""),
    generate("model is a string", "type", model=3),
    edit("Inpaint works with V3 and V3 Vector only", "model_here", model="recraftv4_1"),
    edit("Outpaint works with V3 and V3 Vector only", "model_here", "images/outpaint", model="recraftv2", size="1:1"),
    edit("Replace background: V3 only", "model_here", "images/replaceBackground", model="recraftv4"),
    edit("Generate background: V3 only", "model_here", "images/generateBackground", model="recraftv4_vector"),
    edit("Image to image: not V2", "model_here", "images/imageToImage", model="recraftv2", strength=0.5),
    generate("Explore: V4 and V4.1 without utility", "model_here", "images/explore", model="recraftv3"),
    generate("Explore: no utility models", "model_here", "images/explore", model="recraftv4_1_utility"),
    Case("prompt is required", "images/generations", "prompt_length", json={}),
    generate("prompt must not be empty", "prompt_length", prompt=""),
    generate("V4 prompts: at most 10000 characters", "prompt_length", prompt="a" * 10_001),
    generate("V3 prompts: at most 1000 characters", "prompt_length", prompt="a" * 1001, **V3),
    edit("V3 prompts in edits: at most 1000 characters", "prompt_length", prompt="a" * 1001),
    generate("prompt length is checked before the style", "prompt_length", prompt="", style="Nonsense", **V3),
    generate("prompt is a string", "type", prompt=["a"]),
    Case("Enhance: prompt must not be empty", "prompts/enhance", "prompt_length", json={"prompt": ""}),
    Case(
        "Enhance: prompt at most 2000 characters", "prompts/enhance", "prompt_length", json={"prompt": "a" * 2001}
    ),
    generate("/raster rejects vector models", "style_kind", "images/generations/raster", model="recraftv3_vector"),
    generate("/vector rejects raster models", "style_kind", "images/generations/vector", **V3),
    generate(
        "/raster rejects vector styles", "style_kind", "images/generations/raster", style="Line art", **V3
    ),
    generate(
        "/vector rejects raster styles", "style_kind", "images/generations/vector",
        style="Photorealism", model="recraftv3_vector",
    ),
    generate("/raster rejects vector styles without a model", "style_kind", "images/generations/raster", style="Line art"),
    generate("/vector rejects raster styles without a model", "style_kind", "images/generations/vector", style="Noir"),
    generate("/raster rejects vector styles by id", "style_kind", "images/generations/raster",
             style_id=style_id("recraftv3_vector", "Line art")),
    generate("Style and model agree on raster or vector", "style_kind", style="Vector art", **V3),
    generate("style: V2 and V3 only", "style_invalid", style="Vector art", model="recraftv4_vector"),
    generate("style is one of the listed names", "style_invalid", style="Photoreal", **V3),
    generate("style belongs to the model", "style_invalid", style="Kawaii", **V3),
    generate("style_id: V2 and V3 only", "model_option", style_id=NOWHERE, model="recraftv4"),
    generate("style_id is a UUID", "type", style_id="my-style", **V3),
    generate("style_id names one of your styles", "style_id_unknown", style_id=NOWHERE, **V3),
    generate("the models of own styles need one", "style_needed", model="recraftv4_styles"),
    generate("style excludes style_id", "style_two", style="Noir", style_id=NOWHERE, **V3),
    generate("substyle belongs to a base style", "substyle", style="Noir", substyle="noir", **V3),
    generate("Explore's models have no styles", "style_invalid", "images/explore", style="Noir"),
    edit("Edits take V3 styles only", "style_invalid", style="Kawaii"),
    # Fields.
    generate("Unknown fields are refused by name", "unknown_field", promt="x"),
    edit("Unknown form fields are refused by name", "unknown_field", promt="x"),
    edit("A generation-only field on an edit", "unknown_field", size="1:1"),
    Case("Every field once", "images/generations", "twice",
         raw=b'{"prompt": "a", "prompt": "b"}', content_type="application/json"),
    Case("Every file once", "images/eraseRegion", "twice",
         files=[("image", "photo"), ("image", "photo"), ("mask", "mask")]),
    generate("n is at least 1", "range", n=0),
    generate("n is at most 6", "range", n=7),
    generate("n is an integer", "type", n="2"),
    generate("n is a whole number", "type", n=1.5),
    edit("n is an integer in forms too", "type", n="two"),
    edit("n has plain digits in forms", "type", n="\uff12"),
    edit("n is at most 6 in forms too", "range", n="7"),
    generate("random_seed is an integer", "type", random_seed="7"),
    generate("random_seed is not negative", "range", random_seed=-1),
    generate("response_format is url or b64_json", "choice", response_format="png"),
    edit("response_format is url or b64_json", "choice", "images/eraseRegion", response_format="base64"),
    generate("image_format is webp or png", "choice", image_format="jpeg"),
    generate("size is WxH or w:h", "size_form", size="large"),
    generate("size belongs to the model's table (V4.1)", "size_model", size="1365x1024"),
    generate("size belongs to the model's table (V3)", "size_model", size="1280x832", **V3),
    generate("size belongs to the model's table (Pro)", "size_model", size="1024x1024", model="recraftv4_1_pro"),
    edit("Outpaint's size: V3's table", "size_model", "images/outpaint", size="1344x768"),
    generate("w:h is one of the fourteen", "size_model", size="21:9"),
    Case("variateImage: size is required", "images/variateImage", "required", files=EDIT),
    generate("negative_prompt: V2 and V3 only", "model_option", negative_prompt="blur"),
    generate("text_layout: V3 only", "model_option", text_layout=[WORD], model="recraftv2"),
    generate("artistic_level: V3 only", "model_option", controls={"artistic_level": 1}),
    generate("no_text: V3 only", "model_option", controls={"no_text": True}, model="recraftv2"),
    # Controls and words.
    generate("controls is an object", "type", controls="red"),
    generate("controls has four fields", "unknown_field", controls={"colours": []}),
    generate("colors is an array", "type", controls={"colors": {"rgb": [0, 0, 0]}}),
    generate("rgb is required", "required", controls={"colors": [{"weight": 1}]}),
    generate("rgb holds 3 values", "rgb", controls={"colors": [{"rgb": [0, 0]}]}),
    generate("std holds numbers", "type", controls={"colors": [{"rgb": [0, 0, 0], "std": "wide"}]}),
    generate("rgb is 0..255", "rgb", controls={"colors": [{"rgb": [0, 0, 256]}]}),
    generate("rgb holds integers", "rgb", controls={"background_color": {"rgb": [0, 0, 0.5]}}),
    generate("weight is 0..1", "range", controls={"colors": [{"rgb": [0, 0, 0], "weight": 1.1}]}),
    generate(
        "weights add up to at most 1", "weights_sum",
        controls={"colors": [{"rgb": [0, 0, 0], "weight": 0.6}, {"rgb": [9, 9, 9], "weight": 0.6}]},
    ),
    generate("artistic_level is 0..5", "range", controls={"artistic_level": 6}, **V3),
    generate("artistic_level is an integer", "type", controls={"artistic_level": 1.5}, **V3),
    generate("no_text is a bool", "type", controls={"no_text": "yes"}, **V3),
    edit("Repeated form keys must pair up", "unpaired", **{
        "controls[colors][][rgb][]": 1, "controls[colors][][weight][]": 1, "controls[colors][0][rgb][]": 1,
    }),
    edit("Form keys nest as deep as a word's box", "body_malformed", **{"text_layout" + "[0]" * 9: 1}),
    generate("text_layout is an array", "type", text_layout=WORD, **V3),
    generate("text is required", "required", text_layout=[{"bbox": WORD["bbox"]}], **V3),
    generate("bbox is required", "required", text_layout=[{"text": "A"}], **V3),
    generate("text is a single word", "word", text_layout=[{**WORD, "text": "TWO WORDS"}], **V3),
    generate("text is not empty", "word", text_layout=[{**WORD, "text": ""}], **V3),
    generate("text: supported characters only", "word_character", text_layout=[{**WORD, "text": "A=B"}], **V3),
    generate("text: small letters of the listed capitals only", "word_character",
             text_layout=[{**WORD, "text": "\u0131"}], **V3),
    generate("text: no backslash", "word_character", text_layout=[{**WORD, "text": "A\\B"}], **V3),
    generate("bbox: exactly 4 points", "bbox", text_layout=[{**WORD, "bbox": WORD["bbox"][:3]}], **V3),
    generate("bbox: points of two numbers", "bbox", text_layout=[{**WORD, "bbox": [[0, 0, 0]] * 4}], **V3),
    # Colours of a palette.
    Case("colors are #rrggbb", "colors/optimize", "hex", json={"colors": [{"hex": "red"}], "num_colors_limit": 3}),
    Case("there are colors", "colors/optimize", "hex_count", json={"colors": [], "num_colors_limit": 3}),
    # Image to image, outpaint, explore.
    edit("strength is required", "required", "images/imageToImage"),
    edit("strength is at most 1", "range", "images/imageToImage", strength=1.01),
    edit("strength is at least 0", "range", "images/imageToImage", strength=-0.1),
    edit("strength is a number", "type", "images/imageToImage", strength="half"),
    edit("V4 takes no style names", "style_invalid", "images/imageToImage", strength=1, style="Noir",
         model="recraftv4"),
    edit("Outpaint: size, expand_* or zoom is needed", "one_of", "images/outpaint"),
    edit("Outpaint: size excludes expand_*", "exclusive", "images/outpaint", size="1:1", expand_left=1),
    edit("expand_* is at most 4096", "range", "images/outpaint", expand_top=4097),
    edit("expand_* is at least 0", "range", "images/outpaint", expand_top=-1),
    edit("expand_* is an integer", "type", "images/outpaint", expand_top="1.5"),
    edit("The result is at most 4096 px a side", "canvas_side", "images/outpaint", expand_left=2000, expand_right=1841),
    edit("zoom_out_percentage is below 100", "range", "images/outpaint", zoom_out_percentage=100),
    edit("zoom_out_percentage is at least 0", "range", "images/outpaint", zoom_out_percentage=-1),
    Case("similarity is required", "images/explore/similar", "required", json={"source_image_id": NOWHERE}),
    Case("similarity is 1..5", "images/explore/similar", "range", json={"source_image_id": NOWHERE, "similarity": 6}),
    Case("similarity is an integer", "images/explore/similar", "type",
         json={"source_image_id": NOWHERE, "similarity": 2.5}),
    Case("source_image_id is required", "images/explore/similar", "required", json={"similarity": 2}),
    Case("source_image_id is a UUID", "images/explore/similar", "type", json={"source_image_id": "x", "similarity": 2}),
    Case("The source must come from explore", "images/explore/similar", "explored",
         json={"source_image_id": NOWHERE, "similarity": 2}),
    # Files.
    Case("image is required", "images/inpaint", "required", form=PROMPT, files={"mask": "mask"}),
    Case("mask is required", "images/eraseRegion", "required", files={"image": "photo"}),
    Case("file is required", "images/vectorize", "required", form={"response_format": "url"}),
    Case("No other files", "images/vectorize", "unknown_field", files={"file": "photo", "mask": "mask"}),
    process("Files: at most 10 MB", "file_bytes", "images/vectorize", "over-10-mb"),
    process("Files: not empty", "file_empty", "images/vectorize", "empty"),
    process("Files: at most 16 MP", "file_pixels", "images/removeBackground", "over-16-mp"),
    process("Files: a decompression bomb", "file_pixels", "images/removeBackground", "bomb"),
    process("Files: at most 4096 px a side", "file_side", "images/creativeUpscale", "4097px"),
    process("Files: at least 256 px a side", "file_small", "images/creativeUpscale", "tiny"),
    process("Crisp upscale: at least 32 px a side", "file_small", "images/crispUpscale", "31px"),
    edit("Edits: at least 256 px a side", "file_small", "images/outpaint", {"image": "tiny"}, size="1:1"),
    process("PNG, JPG or WEBP", "file_format", "images/vectorize", "gif"),
    process("Pictures only", "file_format", "images/removeBackground", "text"),
    process("XML that is no SVG", "file_format", "images/removeBackground", "html"),
    process("Whole files only", "file_broken", "images/removeBackground", "half"),
    process("Vectorize takes no SVG", "file_format", "images/vectorize", "svg"),
    process("Crisp upscale takes no SVG", "file_format", "images/crispUpscale", "svg"),
    process("Creative upscale takes no SVG", "file_format", "images/creativeUpscale", "svg"),
    process("SVG: at most 4096 px a side", "file_side", "images/removeBackground", "svg-large"),
    process("SVG: it has a size", "svg_size", "images/removeBackground", "svg-sizeless"),
    process("SVG: well-formed", "file_broken", "images/removeBackground", "svg-broken"),
    process("SVG: no scripts", "svg_unsafe", "images/removeBackground", "svg-script"),
    process("SVG: no event handlers", "svg_unsafe", "images/removeBackground", "svg-event"),
    process("SVG: no files from elsewhere", "svg_unsafe", "images/removeBackground", "svg-outside"),
    process("SVG: no addresses in styles", "svg_unsafe", "images/removeBackground", "svg-style"),
    process("SVG: no imported style sheets", "svg_unsafe", "images/removeBackground", "svg-import"),
    process("SVG: no entities", "svg_unsafe", "images/removeBackground", "svg-entity"),
    process("SVG: pictures inside keep to 16 MP", "svg_unsafe", "images/removeBackground", "svg-bomb"),
    process("SVG: no foreign content", "svg_unsafe", "images/removeBackground", "svg-foreign"),
    edit("Mask: grayscale, not colour", "mask_mode", files={"image": "photo", "mask": "mask-colour"}),
    edit("Mask: no alpha", "mask_mode", "images/eraseRegion", {"image": "photo", "mask": "mask-alpha"}),
    edit("Mask: exactly the size of the image", "mask_size", files={"image": "photo", "mask": "mask-larger"}),
    edit("Mask: only 0 and 255", "mask_pure", "images/eraseRegion", {"image": "photo", "mask": "mask-soft"}),
    edit("Mask: JPEG traces are not pure", "mask_pure", "images/generateBackground",
         {"image": "photo", "mask": "mask-jpeg"}),
    edit("Mask: PNG, JPG or WEBP", "file_format", files={"image": "photo", "mask": "svg"}),
    Case("Addresses: data URL or this computer", "images/vectorize", "file_address",
         json={"image_url": "https://example.org/a.png"}),
    Case("Data URLs are base64", "images/vectorize", "file_address", json={"image_url": "data:image/png;base64,%%%"}),
    # Styles.
    Case("style is required", "styles", "required", files={"file1": "photo"}),
    Case("style is a base style", "styles", "choice", form={"style": "Noir"}, files={"file1": "photo"}),
    Case("files or source_styles are needed", "styles", "one_of", form={"style": "any"}),
    Case("At most 10 files", "styles", "file_count", form={"style": "any"},
         files={f"file{number}": "photo" for number in range(11)}),
    Case("At most 5 MB together", "styles", "files_bytes", form={"style": "any"},
         files={f"file{number}": "2-mb" for number in range(3)}),
    Case("Style files are PNG, JPG or WEBP", "styles", "file_format", form={"style": "any"}, files={"file1": "svg"}),
    Case("One image weight per file", "styles", "weights_count",
         form={"style": "any", "image_weights[]": 1}, files={"file1": "photo", "file2": "photo"}),
    Case("image_weights are numbers", "styles", "type",
         form={"style": "any", "image_weights[]": "x"}, files={"file1": "photo"}),
    Case("One weight per source style", "styles", "weights_count",
         form={"style": "any", "source_style_weights[]": 1}, files={"file1": "photo"}),
    Case("source_styles are UUIDs", "styles", "type", form={"style": "any", "source_styles[]": "x"}),
    Case("source_styles exist", "styles", "style_id_unknown", form={"style": "any", "source_styles[]": NOWHERE}),
    Case("mix_policy is PaletteMatch or MaxWeight", "styles", "choice",
         form={"style": "any", "mix_policy": "Mean"}, files={"file1": "photo"}),
    Case("Base style and model agree on raster or vector", "styles", "style_kind",
         form={"style": "icon", "model": "recraftv3"}, files={"file1": "photo"}),
    Case("Styles are made for V2 and V3", "styles", "model_here",
         form={"style": "any", "model": "recraftv4"}, files={"file1": "photo"}),
)  # fmt: skip
