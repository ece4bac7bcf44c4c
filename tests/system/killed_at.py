"""Runs trc-mee6 with SIGNAL sent to itself before its Nth word to the database: N SIGNAL ARGS...

Without a signal (0) it writes to standard error, at its end, how many words it said.
"""

import atexit
import itertools
import os
import sqlite3
import sys
from collections.abc import Callable
from typing import Any

import psycopg

from trc_mee6.__main__ import main

_word, _signal = int(sys.argv.pop(1)), int(sys.argv.pop(1))
_said = itertools.count(1)
_connect = sqlite3.connect
_wait = psycopg.Connection.wait


def _say() -> None:
    if next(_said) == _word and _signal:
        os.kill(os.getpid(), _signal)


class _Cursor(sqlite3.Cursor):
    def execute(self, *arguments: Any) -> sqlite3.Cursor:
        _say()
        return super().execute(*arguments)

    def executemany(self, *arguments: Any) -> sqlite3.Cursor:
        _say()
        return super().executemany(*arguments)


class _Connection(sqlite3.Connection):
    def cursor(self, *_: Any) -> sqlite3.Cursor:
        return super().cursor(_Cursor)


def _connect_and_listen(*arguments: Any, **options: Any) -> sqlite3.Connection:
    return _connect(*arguments, factory=_Connection, **options)  # a callback would drop exceptions


def _say_and_wait(*arguments: Any, **options: Any) -> Any:
    _say()
    return _wait(*arguments, **options)


replaced: Callable[..., Any] = _say_and_wait
psycopg.Connection.wait = replaced  # type: ignore[method-assign]
sqlite3.connect = _connect_and_listen  # type: ignore[assignment]
if not _signal:
    atexit.register(lambda: sys.stderr.write(str(next(_said) - 1)))
sys.exit(main())
