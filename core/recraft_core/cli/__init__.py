"""The command `recraft`: a picture file is a canvas, `--mask` is its selection.

Results (paths, text, --json) go to standard output, everything else to standard error. Exit codes are those of
`errors.Exit`, and a promise. `parser` makes the flags from the option rules · `operate` carries out an operation ·
`screen` is what a person sees · `others` are the commands that make no picture (`past` looks back, `setup` sets up).
"""

from __future__ import annotations

import argparse
import json
import sys
import traceback
from collections.abc import Sequence

from ..errors import Exit, RecraftError
from . import others

REPORT = "This is a bug. Please report it with the lines below."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    words = list(sys.argv[1:] if arguments is None else arguments)
    chosen = argparse.Namespace(json=False)
    try:
        if words == ["worker"] or (words and words[0] in {*others.DIRECT} - {"worker"}):
            return others.DIRECT[words[0]](words[1:])
        # What a plugin or a drawing waits for starts without these.
        from .. import logs
        from .parser import parser

        chosen = parser().parse_args(words)
        warning = logs.start()
        if warning:
            print(warning, file=sys.stderr)  # noqa: T201
        return int(chosen.run(chosen))
    except RecraftError as error:
        _tell(error, as_json=getattr(chosen, "json", False))
        return int(error.exit_code)
    except KeyboardInterrupt:
        print("Cancelled.", file=sys.stderr)  # noqa: T201
        return int(Exit.CANCELLED)
    except BrokenPipeError:
        # Whoever read our output has had enough: that is their right, and no error.
        sys.stderr.close()
        return int(Exit.OK)
    except Exception:  # noqa: BLE001 - the last door: a person gets the trace and where to send it
        from ..redaction import redact

        print(REPORT, redact(traceback.format_exc()), sep="\n", file=sys.stderr)  # noqa: T201
        return int(Exit.BUG)


def _tell(error: RecraftError, *, as_json: bool) -> None:
    from ..redaction import redact

    text = redact(f"{error.what} {error.remedy}")
    if as_json:
        print(json.dumps({"error": {**error.as_dict(), "exit": int(error.exit_code)}}))  # noqa: T201
    print(f"error: {text}", file=sys.stderr)  # noqa: T201
