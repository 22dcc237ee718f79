"""What the API offers, as data: endpoints, models, sizes, styles, limits and prices.

Standard library only. Every row names its source; what the documentation leaves open is marked "assumed".
"""

from .endpoints import BASE_URL, ENDPOINTS, EXPANDS, EXPLORE_COUNT
from .free import FREE_CALLS
from .limits import client_limits
from .models import (
    ALIASES,
    DEFAULT_MODEL,
    DEFAULT_VECTOR_MODEL,
    EDIT_MODELS,
    LIMITED_OPTIONS,
    MODELS,
    RASTER_MODELS,
    UNITS_PER_USD,
    VECTOR_MODELS,
    Model,
)
from .rows import Endpoint, Parameter, Price
from .sizes import RATIOS, SIZES, allowed, nearest_ratio
from .styles import BASE_STYLE_MODELS, BASE_STYLES, DEFAULT_STYLES, STYLES, models_with, styles_of

__all__ = [
    "ALIASES",
    "BASE_STYLES",
    "BASE_STYLE_MODELS",
    "BASE_URL",
    "DEFAULT_MODEL",
    "DEFAULT_STYLES",
    "DEFAULT_VECTOR_MODEL",
    "EDIT_MODELS",
    "ENDPOINTS",
    "EXPANDS",
    "EXPLORE_COUNT",
    "FREE_CALLS",
    "LIMITED_OPTIONS",
    "MODELS",
    "RASTER_MODELS",
    "RATIOS",
    "SIZES",
    "STYLES",
    "UNITS_PER_USD",
    "VECTOR_MODELS",
    "Endpoint",
    "Model",
    "Parameter",
    "Price",
    "allowed",
    "client_limits",
    "models_with",
    "nearest_ratio",
    "styles_of",
]
