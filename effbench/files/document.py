"""JSON from files, with the place of a fault in its message; whoever knows what a number is checks it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from effbench.errors import EffbenchError
from effbench.files.atomic import require_readable


class NotJson(ValueError):
    """Text that is not JSON; the message says where and why."""


def parsed(text: str | bytes) -> Any:
    """What the text holds.

    Raises:
        NotJson: it is not JSON, is nested too deeply, or is not UTF-8.
    """
    try:
        return json.loads(text)
    except RecursionError:
        raise NotJson("it is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise NotJson(f"line {error.lineno}, column {error.colno}: {error.msg}") from None
    except UnicodeDecodeError as error:
        raise NotJson(f"byte {error.start}: not UTF-8") from None
    except ValueError as error:  # a number of more digits than Python reads
        raise NotJson(str(error)) from None


def read_json(path: Path) -> Any:
    """What the file holds.

    Raises:
        FileNotFoundError: there is none. EffbenchError: it cannot be read, or is not JSON.
    """
    require_readable(path)
    try:
        return parsed(path.read_bytes())
    except FileNotFoundError:
        raise
    except OSError as error:
        raise EffbenchError(f"cannot read {path}: {error.strerror}") from None
    except NotJson as error:
        raise EffbenchError(f"cannot read {path}: not JSON: {error}") from None
