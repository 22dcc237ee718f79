"""The log file: what happened and how long it took; no secrets, no pictures, no prompts."""

from __future__ import annotations

import contextlib
import logging
import sys
import threading
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import Any

from . import paths, redaction, settings
from .shared.errors import RecraftError, StorageTrouble

FILE = "recraft.log"
_BYTES = 1_000_000
_FILES = 3
_FORM = "%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"

log = logging.getLogger(__name__)


class _Rotating(RotatingFileHandler):
    """A log several processes share. Windows does not let one of them move what another has open: it grows then."""

    def rotate(self, source: str, dest: str) -> None:
        with contextlib.suppress(OSError):
            super().rotate(source, dest)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """A disk that takes no more stops nobody, and nobody reads a traceback of it between two lines of a command."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handleError(record)


def path() -> Path:
    """Where the log is."""
    return paths.here().log / FILE


def start() -> str:
    """Log to the file as the settings say; a log that cannot be written stops nobody.

    Answers what is wrong with the settings, or "".
    """
    try:
        held, warning = settings.read()
    except RecraftError:
        return ""
    to_file(held.log_level)
    if warning:
        log.warning("%s", warning)
    return warning


def to_file(level: str = "info") -> str:
    """Log the core's doings to the file from now on, `level` as in the settings. Answers why it cannot, or ""."""
    try:
        paths.make_folder(path().parent, private=True)
        with contextlib.suppress(FileNotFoundError):
            paths.check_plain(path())
        handler = _Rotating(
            path(), maxBytes=_BYTES, backupCount=_FILES, encoding="utf-8", errors="backslashreplace"
        )
    except StorageTrouble as trouble:
        return f"{trouble.what} {trouble.remedy}"
    except OSError as problem:
        return str(paths.trouble("write", path(), problem))
    handler.setFormatter(logging.Formatter(_FORM))
    handler.addFilter(redaction.Redacting())
    top = logging.getLogger(__package__)
    for old in [one for one in top.handlers if isinstance(one, _Rotating)]:
        top.removeHandler(old)
        old.close()
    top.addHandler(handler)
    top.setLevel(level.upper())
    top.propagate = False
    return ""


def guard_crashes() -> None:
    """Whatever nobody caught goes to the log and to standard error, without secrets."""

    def on_crash(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
        if error is not None:
            log.critical("not caught", exc_info=(kind, error, trace))
            # The last line is what the plugin shows, so the error itself comes last.
            sys.stderr.write(redaction.redact(f"{kind.__name__}: {error}") + "\n")

    def told_by_thread(args: Any) -> None:
        on_crash(args.exc_type, args.exc_value, args.exc_traceback)

    sys.excepthook = on_crash
    threading.excepthook = told_by_thread
