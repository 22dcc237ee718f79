"""Every refusal the engine knows, as one table: status, code, message, and how we know it.

`trust` is "documented" (the API's own pages say that this is refused; for 401 and 404 also how), "observed" (others
saw this very answer of the service) or "assumed": the page gives the rule, but nobody recorded what a request that
breaks it is told. Where not observed, codes and messages are ours; messages name the rule. The statuses and shapes
come from the pages "Endpoints" and "Errors" and from answers others recorded in August and September 2026.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

PARAMETER = "invalid_request_parameter"


@dataclass(frozen=True)
class Rule:
    """One refusal. An empty `code` means a plain text answer, as the service's front layer gives."""

    name: str
    status: int
    code: str
    message: str
    trust: str = "assumed"


RULES: dict[str, Rule] = {
    row.name: row
    for row in (
        # The door.
        Rule("unauthorized", 401, "", "request unauthorized", "documented"),
        Rule("no_such_path", 404, "", "404 page not found", "documented"),
        Rule("method", 405, "", "method not allowed; use {allowed}"),
        Rule("foreign_host", 421, "", "this engine answers to its own address only, not to '{value}'"),
        Rule("rate", 429, "rate_limit_exceeded", "Rate limit exceeded", "observed"),
        Rule("units", 402, "not_enough_credits", "this call costs {units} units, the balance is {balance}"),
        Rule("body_size", 413, "request_too_large", "the request body must not exceed {limit} bytes"),
        Rule("body_type", 400, PARAMETER, "{endpoint} takes {wanted}, not '{value}'"),
        Rule("body_malformed", 400, PARAMETER, "the request body cannot be read: {why}"),
        Rule("broken", 500, "internal_server_error", "the engine failed: {why}"),
        Rule("ending", 410, "", "this engine is about to end"),
        Rule("expired", 410, "", "this result has expired"),
        # Which model, and the prompt. Service order: model, prompt length, style.
        Rule("model_unknown", 400, "invalid_model", "model '{value}' is unknown; use one of {choices}", "observed"),
        Rule("model_here", 400, "invalid_model", "model '{value}' is not available here; use one of {choices}"),
        Rule("prompt_length", 400, PARAMETER, "prompt length should be in [{low}, {high}]", "observed"),
        Rule("style_kind", 400, "invalid_image_type", "Style '{value}' is not a {wanted} style", "observed"),
        Rule("style_invalid", 400, PARAMETER, "Invalid style {value}", "observed"),
        Rule("style_two", 400, PARAMETER, "style and style_id exclude each other; give one of them", "documented"),
        Rule("style_id_unknown", 400, PARAMETER, "style_id '{value}' is not one of your styles"),
        Rule("style_id_model", 400, PARAMETER, "style '{value}' was made for {made}; it does not fit {model}"),
        Rule("style_needed", 400, PARAMETER, "{model} needs a style_id"),
        Rule("substyle", 400, PARAMETER, "substyle '{value}' needs one of the base styles as style"),
        # Fields.
        Rule("unknown_field", 400, PARAMETER, "{name} is not a parameter of {endpoint}"),
        Rule("unknown_query", 400, PARAMETER, "query parameter {name} is unknown"),
        Rule("twice", 400, PARAMETER, "{name} is given more than once"),
        Rule("required", 400, PARAMETER, "{name} is required"),
        Rule("one_of", 400, PARAMETER, "at least one of {names} must be given", "documented"),
        Rule("exclusive", 400, PARAMETER, "{first} and {second} exclude each other", "documented"),
        Rule("type", 400, PARAMETER, "{name} must be {wanted}, not {value}"),
        Rule("range", 400, PARAMETER, "{name} must be in {bounds}, not {value}"),
        Rule("choice", 400, PARAMETER, "{name} must be one of {choices}, not '{value}'"),
        Rule("size_form", 400, PARAMETER, "{name} must look like 1024x1024 or 16:9, not '{value}'"),
        Rule("size_model", 400, PARAMETER, "size '{value}' is not supported by {model}; use one of {choices}"),
        Rule("model_option", 400, PARAMETER, "{name} is not supported by {model}", "documented"),
        Rule("unpaired", 400, PARAMETER, "{name}: {why}, so the values cannot be told apart; send JSON"),
        # Colours, words, weights.
        Rule("rgb", 400, PARAMETER, "{name} must hold 3 integers in [0, 255], not {value}"),
        Rule("hex", 400, PARAMETER, "{name} must look like #1a2b3c, not {value}"),
        Rule("hex_count", 400, PARAMETER, "{name} must hold 1 to {limit} colours, not {value}"),
        Rule("weights_sum", 400, PARAMETER, "the weights of {name} must not exceed 1.0 in sum, they make {value}"),
        Rule("word", 400, PARAMETER, "{name} must be a single word, not '{value}'"),
        Rule("word_character", 400, PARAMETER, "{name} '{value}' holds unsupported '{character}'", "documented"),
        Rule("bbox", 400, PARAMETER, "{name} must be exactly 4 points of two numbers [x, y], not {value}"),
        Rule("weights_count", 400, PARAMETER, "{name} must hold as many numbers as {other}: {count}, not {value}"),
        # Files.
        Rule("file_bytes", 400, PARAMETER, "{name} must be no more than {limit} bytes, it has {value}"),
        Rule("file_empty", 400, PARAMETER, "{name} is empty"),
        Rule("file_format", 400, PARAMETER, "{name} must be {wanted}; it is {value}"),
        Rule("file_broken", 400, PARAMETER, "{name} cannot be decoded: {why}"),
        Rule("file_pixels", 400, PARAMETER, "{name} must be no more than {limit} pixels, it has {value}"),
        Rule("file_side", 400, PARAMETER, "{name} must measure no more than {limit} px a side, it is {value}"),
        Rule("file_small", 400, PARAMETER, "{name} must measure at least {limit} px a side, it is {value}"),
        Rule("file_address", 400, PARAMETER, "{name} must be a data URL or an address on this computer: {why}"),
        Rule("file_count", 400, PARAMETER, "at most {limit} files may be sent, not {value}", "documented"),
        Rule("files_bytes", 400, PARAMETER, "all files together must be no more than {limit} bytes, not {value}"),
        Rule("mask_mode", 400, PARAMETER, "{name} must be in grayscale colour mode, it is {value}"),
        Rule("mask_size", 400, PARAMETER, "{name} must have exactly the size of the image, {wanted}, not {value}"),
        Rule("mask_pure", 400, PARAMETER, "{name} must be pure black (0) or white (255); {count} pixels are not"),
        Rule("svg_unsafe", 400, PARAMETER, "{name} is an unsafe SVG: {why}", "documented"),
        Rule("svg_heavy", 400, PARAMETER, "the SVG cannot be drawn: {why}"),
        Rule("svg_size", 400, PARAMETER, "{name} is an SVG without a readable size: {why}"),
        Rule("canvas_side", 400, PARAMETER, "the result would be {value}; no side may exceed {limit} px"),
        Rule("explored", 400, PARAMETER, "source_image_id '{value}' was not made by explore"),
        Rule("no_such_style", 404, "not_found", "style '{value}' does not exist"),
    )
}



class Refusal(Exception):
    """A request the engine does not serve: the row of the rule it breaks, filled in."""

    def __init__(self, rule: str, **values: Any) -> None:
        row = RULES[rule]
        self.rule = rule
        self.status = row.status
        self.code = row.code
        self.message = row.message.format(**{name: shown(value) for name, value in values.items()})
        self.values = values
        super().__init__(f"{row.status} {self.message}")


def shown(value: Any) -> str:
    """A value as a message prints it: short, lists joined by commas."""
    if isinstance(value, (list, tuple)) and all(isinstance(item, str) for item in value):
        return ", ".join(value)
    text = str(value)
    return text if len(text) <= 200 else f"{text[:200]}…"
