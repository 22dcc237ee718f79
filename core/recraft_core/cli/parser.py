"""Flags from the option rules, help grouped like the menus."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from typing import Any

from ..shared import __version__
from ..shared.i18n import N_, join, say, tr
from ..shared.operations import OPERATIONS, Operation
from ..shared.options import Option
from ..shared.validation import Choice, Files, Flag
from . import batch_flags as batch
from . import others
from .command import file_name

_MORE = "recraft COMMAND --help shows a command's options and an example."


def parser(asked: str = "") -> argparse.ArgumentParser:
    """The parser of the whole command; of the one that is `asked` for alone, where there is one of that name."""
    known = {operation.command for operation in OPERATIONS.values()}
    known |= {batch.NAME, *(other.name for other in others.commands())}
    alone = asked if asked in known else ""
    top = Parser(
        prog="recraft",
        description="Recraft's image API for picture files. Without an API key the work is done on this computer.",
        epilog="" if alone else f"{_overview()}\n\n{tr(_MORE)}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        usage="recraft COMMAND [options]",
        allow_abbrev=False,
    )
    top.add_argument("--version", action="version", version=f"recraft {__version__}")
    commands = top.add_subparsers(metavar="COMMAND", required=True, help=argparse.SUPPRESS, parser_class=_Late)
    for operation in OPERATIONS.values():
        if alone in {"", operation.command}:
            _add_operation(commands, operation)
    if alone in {"", batch.NAME}:
        _add_batch(commands)
    for other in others.commands():
        if alone not in {"", other.name}:
            continue
        prog, example = f"recraft {other.name}", _example(other.example)
        one = commands.add_parser(other.name, prog=prog, description=other.help, epilog=example, **_FORM)
        one.arguments = other.arguments
        one.set_defaults(run=other.run)
    return top


class Parser(argparse.ArgumentParser):
    """One that speaks the user's language."""

    def __init__(self, *, description: str = "", **more: Any) -> None:
        super().__init__(description=tr(description), **more)

    def _add_action(self, action: argparse.Action) -> Any:
        if action.help and action.help != argparse.SUPPRESS:
            action.help = tr(action.help).replace("%", "%%")
        return super()._add_action(action)


class _Late(Parser):
    """The parser of one command. Its arguments are made once it is the one that was asked for."""

    arguments: Callable[[argparse.ArgumentParser], None] | None = None

    def _fill(self) -> None:
        make, self.arguments = self.arguments, None
        if make is not None:
            make(self)

    def parse_known_args(self, *args: Any, **kwargs: Any) -> Any:
        self._fill()
        return super().parse_known_args(*args, **kwargs)

    def format_help(self) -> str:
        self._fill()
        return super().format_help()


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
        lines.append(f"{tr(group)}:")
        lines += [_line(row.command, tr(row.help)) for row in OPERATIONS.values() if row.group == group]
    lines += [f"{tr('Many pictures')}:", _line(batch.NAME, tr(batch.HELP))]
    lines.append(tr("Look back and set up:"))
    return "\n".join([*lines, *(_line(other.name, tr(other.help)) for other in others.commands())])


def _line(name: str, text: str) -> str:
    return f"  {name:<20} {text}"


def _example(line: str) -> str:
    return f"{tr('example:')}\n  {line}"


def _add_batch(commands: Any) -> None:
    one = commands.add_parser(
        batch.NAME, prog="recraft batch", description=batch.HELP, epilog=_example(batch.EXAMPLE),
        usage="recraft batch OPERATION [PICTURES ...] [options]", **_FORM,
    )  # fmt: skip
    one.arguments = _batch_arguments


def _batch_arguments(one: argparse.ArgumentParser) -> None:
    words = one.add_subparsers(metavar="OPERATION", required=True, title=tr("operations"), parser_class=_Late)
    for operation in OPERATIONS.values():
        if operation.is_drawn:
            _add_operation(words, operation, many=True)


def _add_operation(commands: Any, operation: Operation, *, many: bool = False) -> None:
    command = f"{batch.NAME} {operation.command}" if many else operation.command
    one = commands.add_parser(
        operation.command,
        prog=f"recraft {command}",
        **({"help": tr(operation.help)} if many else {}),
        description=operation.help,
        epilog=_example(f"recraft {command} {_many_example(operation)}" if many else operation.command_line),
        usage=f"recraft {command}{' PICTURES ...' if many else _first(operation)} [options]",
        **_FORM,
    )
    one.arguments = partial(_operation_arguments, operation=operation, many=many)
    one.set_defaults(run=_operate, operation=operation.name, batch=many)


def _operate(chosen: argparse.Namespace) -> int:
    if chosen.operation == "account" and not chosen.dry_run:
        from . import account

        return account.run(chosen)
    if batch.wanted(chosen):
        from .batch import run

        return run(chosen)
    from . import operate

    return operate.run(chosen)


def _operation_arguments(one: argparse.ArgumentParser, operation: Operation, *, many: bool) -> None:
    if operation.picture or many:
        text = "the picture file: the canvas; - is standard input; for several see: recraft batch"
        text = text if operation.is_drawn else "the picture file: the canvas; - is standard input"
        text = _SOURCES if many else text
        one.add_argument("picture", nargs="*", type=file_name, metavar="PICTURE", help=text)
    if operation.lead == "pictures":
        one.add_argument("pictures", nargs="*", type=file_name, metavar="PICTURE", help="1 to 10 picture files")
    if operation.shape in {"region", "picture", "colours"}:
        text = "the selection: a picture of the same size, white = selected"
        if not operation.masked:
            text = say("{help} (without one: the whole picture)", help=say(text))
        if many:
            text = say(_MASKS, help=say(text))
        one.add_argument("--mask", type=file_name, metavar="FILE", help=text)
        text = "read the mask as OpenAI's API does: transparent = selected"
        one.add_argument("--transparent-mask", action="store_true", help=text)
        one.add_argument("--invert-mask", action="store_true", help="exchange selected and not selected")
    for option in operation.options:
        _add_option(one, operation, option, many=many)
    if operation.row.models and operation.row.answer != "style" and operation.row.parameter("model"):
        text = "a model that this version does not know, sent as it is: its price is unknown and counts as the dearest"
        one.add_argument("--model-id", metavar="ID", help=text)
    if operation.picture or many:
        batch.add_flags(one, operation.name, shown=many)
    _add_common(one, operation, many=many)


_MASKS = N_("{help}; or a folder of masks, a pattern with {stem}, or alpha for each picture's own transparency")
_OUTS = N_("where the results go: a folder, or a pattern with {stem} {name} {folder} {number} {operation} {ext}")
_SOURCES = N_("files, folders, patterns such as *.png, tables (.csv, .jsonl) or URLs; - is a list on standard input")


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
        names = ("-n",) if option.name in {"n", "num_colors_limit"} else ()
        action: Any = _Adding if option.rule.several else "store"
        action = "append" if isinstance(option.rule, Files) else action
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
    """Help, then what is allowed, then the default."""
    says_more = _says_more(option) and not isinstance(option.rule, Flag)
    allowed = say("Allowed: {rule}.", rule=option.rule.says) if says_more else ""
    default = "" if option.default in (None, "") else say("Default: {value}.", value=option.default)
    return join(option.help, allowed, default)


def _says_more(option: Option) -> bool:
    return option.rule.widget in {"number", "choice"} or isinstance(option.rule, Choice)


def _add_common(one: argparse.ArgumentParser, operation: Operation, *, many: bool) -> None:
    if operation.is_drawn:
        text = "where the result goes; .png .jpg .webp .tif or .svg; - is standard output"
        text = _OUTS if many else text
        one.add_argument("-o", "--out", type=file_name, metavar="FILE", help=text)
    if operation.name == "account":
        one.add_argument("--prices", action="store_true", help="print what everything costs instead; ask nobody")
    text = "print what became of each as JSON Lines, while it works" if many else "print the result as JSON"
    one.add_argument("--json", action="store_true", help=text)
    one.add_argument("--dry-run", action="store_true", help="show the request, its size and its price; send nothing")
    one.add_argument("--local", action="store_true", help="use the embedded engine even when there is a key")
    one.add_argument("--no-share", action="store_true", help="start an embedded engine for this command alone")
    one.add_argument("--base-url", metavar="URL", help="another address of the API")
    one.add_argument("-q", "--quiet", action="store_true", help="no progress, no notes")
