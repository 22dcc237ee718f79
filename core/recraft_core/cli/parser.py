"""Flags from the option rules, help grouped like the menus."""

from __future__ import annotations

import argparse
from typing import Any

from ..shared import __version__
from ..shared.operations import OPERATIONS, Operation
from ..shared.options import Option
from ..shared.validation import Choice, Flag
from . import batch, operate, others
from .command import file_name


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command."""
    top = argparse.ArgumentParser(
        prog="recraft",
        description="Recraft's image API for picture files. Without an API key the work is done on this computer.",
        epilog=_overview() + "\n\nrecraft COMMAND --help shows a command's options and an example.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        usage="recraft COMMAND [options]",
        allow_abbrev=False,
    )
    top.add_argument("--version", action="version", version=f"recraft {__version__}")
    commands = top.add_subparsers(metavar="COMMAND", required=True, help=argparse.SUPPRESS)
    for operation in OPERATIONS.values():
        _add_operation(commands, operation)
    _add_batch(commands)
    for other in others.commands():
        prog, example = f"recraft {other.name}", _example(other.example)
        one = commands.add_parser(other.name, prog=prog, description=other.help, epilog=example, **_FORM)
        other.arguments(one)
        one.set_defaults(run=other.run)
    return top


class _Help(argparse.RawDescriptionHelpFormatter):
    """Names each value once (-o, --out FILE), as Python 3.13 does, so that help reads alike everywhere."""

    def _format_action_invocation(self, action: argparse.Action) -> str:
        if not action.option_strings or action.nargs == 0:
            return super()._format_action_invocation(action)
        return f"{', '.join(action.option_strings)} {action.metavar}"


_FORM: dict[str, Any] = {"formatter_class": _Help, "allow_abbrev": False}


def _overview() -> str:
    """The commands by group, one line each."""
    lines: list[str] = []
    groups = dict.fromkeys(operation.group for operation in OPERATIONS.values())
    for group in groups:
        lines.append(f"{group}:")
        lines += [_line(row.command, row.help) for row in OPERATIONS.values() if row.group == group]
    lines.append("Look back and set up:")
    lines.insert(lines.index("Look back and set up:"), f"Many pictures:\n{_line(batch.NAME, batch.HELP)}")
    return "\n".join([*lines, *(_line(other.name, other.help) for other in others.commands())])


def _line(name: str, text: str) -> str:
    return f"  {name:<20} {text}"


def _example(line: str) -> str:
    return f"example:\n  {line}"


def _add_batch(commands: Any) -> None:
    one = commands.add_parser(
        batch.NAME, prog="recraft batch", description=batch.HELP, epilog=_example(batch.EXAMPLE),
        usage="recraft batch OPERATION [PICTURES ...] [options]", **_FORM,
    )  # fmt: skip
    words = one.add_subparsers(metavar="OPERATION", required=True, title="operations")
    for operation in OPERATIONS.values():
        if operation.shape != "words":
            _add_operation(words, operation, many=True)


def _add_operation(commands: Any, operation: Operation, *, many: bool = False) -> None:
    command = f"{batch.NAME} {operation.command}" if many else operation.command
    one = commands.add_parser(
        operation.command,
        prog=f"recraft {command}",
        **({"help": operation.help} if many else {}),
        description=operation.help,
        epilog=_example(f"recraft {command} {_many_example(operation)}" if many else operation.command_line),
        usage=f"recraft {command}{' PICTURES ...' if many else _first(operation)} [options]",
        **_FORM,
    )
    if operation.picture or many:
        text = "the picture file: the canvas; - is standard input; for several see: recraft batch"
        text = _SOURCES if many else text
        one.add_argument("picture", nargs="*", type=file_name, metavar="PICTURE", help=text)
    if operation.lead == "pictures":
        one.add_argument("pictures", nargs="*", type=file_name, metavar="PICTURE", help="1 to 5 picture files")
    if operation.shape in {"region", "picture"}:
        needed = "" if operation.masked else " (without one: the whole picture)"
        text = f"the selection: a picture of the same size, white = selected{needed}"
        text = f"{text}; {_MASKS}" if many else text
        one.add_argument("--mask", type=file_name, metavar="FILE", help=text)
        text = "read the mask as OpenAI's API does: transparent = selected"
        one.add_argument("--transparent-mask", action="store_true", help=text)
        one.add_argument("--invert-mask", action="store_true", help="exchange selected and not selected")
    for option in operation.options:
        _add_option(one, operation, option, many=many)
    if operation.picture or many:
        batch.add_flags(one, operation.name, shown=many)
    _add_common(one, operation, many=many)
    one.set_defaults(run=_run, operation=operation.name, batch=many)


_SOURCES = "files, folders, patterns such as *.png, tables (.csv, .jsonl) or URLs; - is a list on standard input"
_MASKS = "or a folder of masks, a pattern with {stem}, or alpha for each picture's own transparency"
_OUTS = "a folder, or a pattern with {stem} {name} {folder} {number} {operation} {ext}"


def _run(chosen: argparse.Namespace) -> int:
    return batch.run(chosen) if batch.wanted(chosen) else operate.run(chosen)


def _many_example(operation: Operation) -> str:
    if not operation.picture:
        return "rows.csv -o made/"
    masks = " --mask masks/" if operation.masked else ""
    words = ' --prompt "a garden"' if operation.row.parameter("prompt") and not operation.unsaid else ""
    strength = " --strength 0.3" if operation.row.parameter("strength") else ""
    right = " --expand-right 200" if operation.shape == "frame" else ""
    return f"photos/{masks}{words}{strength}{right} -o made/"


def _first(operation: Operation) -> str:
    """What stands without a flag."""
    if operation.picture:
        return f" PICTURE{' --mask FILE' if operation.masked else ''}"
    return " PICTURE ..." if operation.lead == "pictures" else f" {operation.lead.upper()}" if operation.lead else ""


def _add_option(one: argparse.ArgumentParser, operation: Operation, option: Option, *, many: bool) -> None:
    text = _text(option)
    if option.name == operation.lead and not many:
        one.add_argument(option.name, nargs="?", metavar=option.name.upper(), help=text)
    elif isinstance(option.rule, Flag):
        one.add_argument(_flag(option), dest=option.name, action="store_const", const=True, help=text)
    else:
        names = ("-n",) if option.name == "n" else ()
        action: Any = _Adding if option.rule.several else "store"
        one.add_argument(*names, _flag(option), dest=option.name, metavar=_metavar(option), help=text, action=action)


class _Adding(argparse.Action):
    """A flag that may be given again: each time more is added, for what is left out would be paid for all the same."""

    def __call__(self, _parser: Any, chosen: argparse.Namespace, values: Any, _flag: str | None = None) -> None:
        held = getattr(chosen, self.dest, None)
        setattr(chosen, self.dest, f"{held} {values}" if held else values)


def _flag(option: Option) -> str:
    return "--" + option.name.replace("_", "-")


def _metavar(option: Option) -> str:
    return "NUMBER" if option.rule.widget == "number" else option.name.upper()


def _text(option: Option) -> str:
    """Help, then what is allowed, then the default. argparse reads % as its own sign."""
    allowed = "" if isinstance(option.rule, Flag) or not _says_more(option) else f" Allowed: {option.rule.says}."
    default = "" if option.default in (None, "") else f" Default: {option.default}."
    return f"{option.help}{allowed}{default}".replace("%", "%%")


def _says_more(option: Option) -> bool:
    return option.rule.widget in {"number", "choice"} or isinstance(option.rule, Choice)


def _add_common(one: argparse.ArgumentParser, operation: Operation, *, many: bool) -> None:
    if operation.shape != "words":
        text = "where the result goes; .png .jpg .webp .tif or .svg; - is standard output"
        text = f"where the results go: {_OUTS}" if many else text
        one.add_argument("-o", "--out", type=file_name, metavar="FILE", help=text)
    if operation.name == "account":
        one.add_argument("--prices", action="store_true", help="print what everything costs instead; ask nobody")
    text = "print what became of each as JSON Lines, while it works" if many else "print the result as JSON"
    one.add_argument("--json", action="store_true", help=text)
    one.add_argument("--dry-run", action="store_true", help="show the request, its size and its price; send nothing")
    one.add_argument("--local", action="store_true", help="use the embedded engine even when there is a key")
    one.add_argument("--base-url", metavar="URL", help="another address of the API")
    one.add_argument("-q", "--quiet", action="store_true", help="no progress, no notes")
