"""The command `recraft`: a picture file is a canvas, `--mask` is its selection.

Results (paths, text, --json) go to standard output, everything else to standard error. Exit codes are those of
`errors.Exit`, and a promise. `parser` makes the flags from the option rules · `operate` carries out an operation ·
`screen` is what a person sees · `others` are the commands that make no picture (`past` looks back, `setup` sets up).
"""

from __future__ import annotations

import argparse
import codecs
import contextlib
import errno
import io
import json
import os
import re
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, TextIO

from ..shared import REINSTALL
from ..shared.errors import BadOption, EngineTrouble, Exit, RecraftError, plain
from ..shared.i18n import join, say, tr
from . import others

REPORT = "This is a bug. Please report it with the lines below."
_FULL = {errno.ENOSPC, errno.EIO, errno.EBADF}  # what writing to standard output fails with, besides a broken pipe


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    # Pictures are worked on side by side: threads that numpy starts for its matrices would only wait, and cost CPU.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # A stream that was closed before we began is None.
    sys.stdin = sys.stdin or _nowhere("r")
    sys.stdout = sys.stdout or _nowhere()
    sys.stderr = sys.stderr or _nowhere()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="recraft")
    chosen = argparse.Namespace(json=False)
    try:
        return _run(list(sys.argv[1:] if arguments is None else arguments), chosen)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the last door: nobody meets a bare traceback
        return int(_told(error, as_json=chosen.json))


def _run(words: list[str], chosen: argparse.Namespace) -> int:
    """Do what `words` say; what was understood of them is in `chosen`, even when it fails."""
    if words == ["worker"] or (words and words[0] in {*others.DIRECT} - {"worker"}):
        return others.DIRECT[words[0]](words[1:])
    # What a plugin or a drawing waits for starts without these.
    from .parser import parser

    _understood(parser(words[0] if words else ""), words, chosen)
    if words[0] not in others.TRACELESS:
        _log()
    code = int(chosen.run(chosen))
    sys.stdout.flush()
    return code


def _log() -> None:
    """Write a log from here on; tell what is wrong with the settings."""
    from .. import logs

    warning = logs.start()
    if warning:
        print(tr(warning), file=sys.stderr)  # noqa: T201


def _understood(parser: argparse.ArgumentParser, words: list[str], chosen: argparse.Namespace) -> None:
    """Read the words of a command. What is misspelt is told, with --json as one JSON object too."""
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said):
            parser.parse_args(words, chosen)
    except SystemExit as stop:
        sys.stderr.write(plain(said.getvalue(), lines=True))
        hint = _dashed(words) if stop.code == Exit.OPTION else ""
        if hint:
            print(plain(tr(hint)), file=sys.stderr)  # noqa: T201
        if stop.code == Exit.OPTION and "--json" in words:
            what = said.getvalue().strip().splitlines()[-1].partition("error: ")[2]
            remedy = hint or "Add --help to the command to see its options."
            error = BadOption(say("{what}.", what=what), remedy=remedy)
            print(json.dumps({"error": {**error.as_dict(), "exit": int(Exit.OPTION)}}))  # noqa: T201
        raise


def _dashed(words: Sequence[str]) -> str:
    """What to do about a file whose name begins like an option, as -x.png; "" where there is none."""
    known = words[: words.index("--")] if "--" in words else words
    file = next((one for one in known if re.fullmatch(r"-[^-0-9.].*\.\w+|-[0-9].*\.[A-Za-z]\w*", one)), "")
    return say("If {file} is a file, write ./{file}.", file=file) if file else ""


def _bytes_or_mark(problem: UnicodeError) -> tuple[str | bytes, int]:
    """For output: bytes of a file name that are no UTF-8 as they are, anything else that cannot be written as ?."""
    if not isinstance(problem, UnicodeEncodeError):
        raise problem
    codes = [ord(one) for one in problem.object[problem.start : problem.end]]
    return bytes(code - 0xDC00 if 0xDC80 <= code <= 0xDCFF else 0x3F for code in codes), problem.end


codecs.register_error("recraft", _bytes_or_mark)


def _told(error: BaseException, *, as_json: bool) -> Exit:
    """Tell a person what went wrong; the exit code for it."""
    if isinstance(error, RecraftError):
        _tell(error, as_json=as_json)
        return error.exit_code
    if isinstance(error, KeyboardInterrupt):
        print(tr("Cancelled."), file=sys.stderr)  # noqa: T201
        return Exit.CANCELLED
    if isinstance(error, BrokenPipeError):
        # Whoever read our output has had enough: that is their right, and no error.
        _let_go()
        return Exit.OK
    if isinstance(error, OSError) and error.filename is None and error.errno in _FULL:
        _let_go()
        what = say("The output cannot be written ({why}).", why=error.strerror)
        print(tr("error: {what}", what=what), file=sys.stderr)  # noqa: T201
        return Exit.STORAGE
    if isinstance(error, ImportError) and not (error.name or "recraft").startswith("recraft"):
        return _told(EngineTrouble(say("missing: {missing}", missing=error.name), remedy=REINSTALL), as_json=as_json)
    from ..redaction import redact

    trace = "".join(traceback.format_exception(error))
    print(tr(REPORT), redact(trace), sep="\n", file=sys.stderr)  # noqa: T201
    return Exit.BUG


def _nowhere(mode: Literal["r", "w"] = "w") -> TextIO:
    return Path(os.devnull).open(mode, encoding="utf-8")


def _let_go() -> None:
    """Send what standard output still holds nowhere: Python would try it again at its end and complain."""
    with contextlib.suppress(OSError), _nowhere() as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())


def _tell(error: RecraftError, *, as_json: bool) -> None:
    from ..redaction import redact, redact_data

    text = redact(join(error.what, error.remedy))
    if as_json:
        print(json.dumps({"error": {**redact_data(error.as_dict()), "exit": int(error.exit_code)}}))  # noqa: T201
    print(plain(tr("error: {what}", what=text), lines=True), file=sys.stderr)  # noqa: T201
