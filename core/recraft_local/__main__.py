"""`python -m recraft_local`: serve the API on this computer."""

from __future__ import annotations

import argparse
import json
import math
import os
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .faults import FAULTS, Fault
from .settings import DAY_S, Settings


def main(arguments: list[str] | None = None) -> int:
    """Read the command line and serve until stopped; the exit code."""
    # Before numpy is loaded, as in the command `recraft`: threads for its small matrices only wait, and double the CPU.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.workers > 1 and options.idle:
        parser.error("--idle is for one server process")
    if options.workers > 1 and not options.data:
        parser.error("several workers need --data DIR, a folder they share")
    try:
        faults = _faults(options.faults)
    except (OSError, ValueError) as trouble:
        parser.error(f"--faults: {trouble}")
    settings = Settings(
        units=options.units, data=options.data, token=options.token, host=options.host, rate=options.rate_limit,
        latency_s=options.latency, expire_s=options.expire, faults=faults, control=options.control, log=options.log,
        idle_s=options.idle, strict=options.strict, page_only=options.strict,
    )  # fmt: skip
    from .server import DataTrouble, run

    try:
        run(settings, port=options.port, workers=options.workers, until_stdin_closes=options.until_stdin_closes)
    except (DataTrouble, sqlite3.Error) as trouble:
        print(f"error: the data folder {options.data} cannot be used: {trouble}", file=sys.stderr)  # noqa: T201
        return 8
    except OSError as trouble:
        print(f"error: cannot listen on {options.host}:{options.port}: {trouble}", file=sys.stderr)  # noqa: T201
        return 6
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("recraft serve", description="Serve Recraft's image API on this computer.")
    add = parser.add_argument
    add("--port", type=_port, default=8765, help="port to listen on; 0 takes a free one (default 8765)")
    add("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1: this computer only)")
    add("--data", default="", metavar="DIR", help="keep balance, styles and results in this folder")
    add("--units", type=_from(0, int), default=100_000, help="balance of a new account (default 100000)")
    add("--token", default=os.environ.get("RECRAFT_LOCAL_TOKEN", ""), help="the only key taken (default: any)")
    add("--rate-limit", type=_rate, default=0, metavar="N", help="requests per second; 0 for no limit (default)")
    add("--latency", type=_from(0, float), default=0.0, metavar="S", help="seconds added to every paid call")
    add("--expire", type=_from(0, float), default=DAY_S, metavar="S", help="seconds a result lives (default 24 h)")
    add("--faults", default="", metavar="FILE|JSON", help=f"scripted trouble: {', '.join(FAULTS)}")
    add("--control", action="store_true", help="open /_control for tests: faults and the request log")
    add("--strict", action="store_true", help="refuse whatever the API's page does not list")
    add("--workers", type=_from(1, int), default=1, metavar="N", help="server processes; more than one needs --data")
    add("--until-stdin-closes", action="store_true", help="stop when standard input ends")
    add("--idle", type=_from(0, float), default=0.0, metavar="S", help="end when nobody has asked for S seconds")
    add("--log", default="", metavar="FILE", help="write the log there instead of to standard error")
    return parser


def _from(low: int, kind: Callable[[str], float]) -> Callable[[str], float]:
    """A reader of numbers from `low` upwards, without an end but finite."""

    def number(text: str) -> float:
        value = kind(text)
        if not low <= value < math.inf:
            raise argparse.ArgumentTypeError(f"give a number from {low} upwards, not {text}")
        return value

    return number


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return port


def _rate(text: str) -> float:
    rate = float(text)
    if rate and not 1 <= rate < math.inf:
        raise argparse.ArgumentTypeError("give at least 1 request per second, or 0 for no limit")
    return rate


def _faults(argument: str) -> tuple[dict[str, Any], ...]:
    if not argument:
        return ()
    text = argument if argument.lstrip().startswith(("[", "{")) else Path(argument).read_text(encoding="utf-8")
    data = json.loads(text)
    rows = data if isinstance(data, list) else [data]
    for row in rows:
        Fault.read(row)
    return tuple(rows)


if __name__ == "__main__":
    sys.exit(main())
