"""Styles by model and group, as the service names them.

Source: Recraft docs, "Styles" (api-reference/styles); identical in two transcriptions (2026-08-13, 2026-09-15).
V4 and V4.1 models have no styles.
"""

from __future__ import annotations

SOURCE = "https://www.recraft.ai/docs/api-reference/styles"

STYLES: dict[str, dict[str, tuple[str, ...]]] = {
    "recraftv3": {
        "default": (
            "Recraft V3 Raw",
        ),
        "photorealistic": (
            "Photorealism", "Enterprise", "Natural light", "Studio photo", "HDR", "Hard flash",
            "Motion blur", "Black & white", "Evening light", "Faded Nostalgia", "Forest life",
            "Mystic Naturalism", "Natural Tones", "Organic Calm", "Real-Life Glow", "Retro Realism",
            "Retro Snapshot", "Urban Drama", "Village Realism", "Warm Folk", "Product photo",
        ),
        "illustration": (
            "Illustration", "Hand-drawn", "Grain", "Bold Sketch", "Pencil sketch", "Retro Pop", "Clay",
            "Risograph", "Color engraving", "Pixel art", "Antiquarian", "Bold fantasy", "Child book",
            "Cover", "Crosshatch", "Digital engraving", "Expressionism", "Freehand details", "Grain 2.0",
            "Graphic intensity", "Hard Comics", "Long shadow", "Modern Folk", "Multicolor", "Neon Calm",
            "Noir", "Nostalgic pastel", "Outline details", "Pastel gradient", "Pastel sketch", "Pop art",
            "Pop renaissance", "Street art", "Tablet sketch", "Urban Glow", "Urban sketching",
            "Young adult book", "Young adult book 2", "Seamless Digital",
        ),
        "emblem": (
            "Prestige Emblem", "Pop Graphic", "Stamp", "Punk Graphic", "Vintage Emblem",
        ),
    },
    "recraftv3_vector": {
        "vector": (
            "Vector art", "Line art", "Linocut", "Color blobs", "Engraving", "Bold stroke", "Chemistry",
            "Colored stencil", "Cosmics", "Cutout", "Depressive", "Editorial", "Emotional flat",
            "Marker outline", "Mosaic", "Naivector", "Roundish flat", "Segmented Colors", "Sharp contrast",
            "Thin", "Vector Photo", "Vivid shapes", "Seamless Vector",
        ),
    },
    "recraftv2": {
        "photorealistic": (
            "Photorealism", "Enterprise", "Natural light", "Studio photo", "HDR", "Hard flash",
            "Motion blur", "Black & white", "Product photo",
        ),
        "illustration": (
            "Illustration", "3D render", "Glow", "Watercolor", "Hand-drawn", "Kawaii", "Grain",
            "Bold Sketch", "Pencil sketch", "Retro Pop", "Clay", "Risograph", "Psychedelic",
            "Seamless Digital", "Color engraving", "Pixel art", "80's", "Voxel art",
        ),
    },
    "recraftv2_vector": {
        "vector": (
            "Vector art", "Line art", "Linocut", "Cartoon", "Flat 2.0", "Color blobs", "Vector Kawaii",
            "Doodle Line art", "Seamless Vector", "Engraving",
        ),
        "icon": (
            "Icon", "Outline", "Pictogram", "Colored outline", "Doodle", "Colored shape",
            "Gradient outline", "Offset doodle", "Gradient shape", "Broken line", "Offset fill",
        ),
    },
}

# What `POST /styles` takes as the base of an own style, and whether pictures made with it are vectors.
BASE_STYLES: dict[str, bool] = {
    "any": False,
    "realistic_image": False,
    "digital_illustration": False,
    "vector_illustration": True,
    "icon": True,
    "logo_raster": False,
}

# Which models take a base style as their `style`, perhaps with a substyle: the older spelling, still in the OpenAPI
# document and what the service's own clients send.
BASE_STYLE_MODELS: dict[str, tuple[str, ...]] = {
    "any": ("recraftv3", "recraftv2"),
    "realistic_image": ("recraftv3", "recraftv2"),
    "digital_illustration": ("recraftv3", "recraftv2"),
    "logo_raster": ("recraftv3",),
    "vector_illustration": ("recraftv3_vector", "recraftv2_vector"),
    "icon": ("recraftv2_vector",),
}

# The style a model uses when none is named.
DEFAULT_STYLES: dict[str, str] = {
    "recraftv3": "Recraft V3 Raw",
    "recraftv3_vector": "Vector art",
    "recraftv2": "Photorealism",
    "recraftv2_vector": "Vector art",
}


def styles_of(model: str) -> tuple[str, ...]:
    """Names of all styles of a model, in the order of the documentation; empty for V4 models."""
    return tuple(name for group in STYLES.get(model, {}).values() for name in group)


def models_with(style: str) -> tuple[str, ...]:
    """Models that know the style `style`, V3 before V2; a base style counts as one."""
    return tuple(model for model in STYLES if style in styles_of(model)) or BASE_STYLE_MODELS.get(style, ())
