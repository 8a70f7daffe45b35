"""The way in: ``python3 <distribution>/python/nereid_worker --name ...``.

This file is read by any Python from 3.6 on, so that one that is too old, or has no numpy, can say what to do instead of
failing with a syntax error. It answers the server's first question with FAILED then.
"""

import os
import struct
import sys
from typing import Optional

OLDEST = (3, 9)


def obstacle() -> Optional[str]:
    """Why the worker cannot run in this interpreter, or None."""
    if sys.version_info < OLDEST:
        return (
            "Python models need Python {}.{} or newer, and {} is Python {}.{}: name another one with "
            "--backend-config=python,python-runtime=<path>"
        ).format(*OLDEST, sys.executable, *sys.version_info[:2])
    try:
        import numpy  # noqa: F401
    except ImportError as error:
        return "Python models need numpy, which {} cannot import ({}): run {} -m pip install numpy".format(
            sys.executable, error, sys.executable
        )
    return None


def refuse(text: str) -> None:
    """Answers the first question of the server with FAILED."""
    os.read(0, 1 << 16)
    data = text.encode("utf-8")
    fields = struct.pack("<BBI", 20, 1, len(data)) + data + struct.pack("<I", 0)
    os.write(1, struct.pack("<I", len(fields)) + fields)


def main() -> None:
    own = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [path for path in sys.path if path == "" or os.path.abspath(path) != own]
    text = obstacle()
    if text is not None:
        refuse(text)
        sys.exit(1)
    sys.path.insert(0, os.path.dirname(own))
    from nereid_worker.life_cycle import run

    arguments = sys.argv[1:]
    # What the model imports may look at the command line, and finds none, as in Triton.
    sys.argv[1:] = []
    run(arguments)


if __name__ == "__main__":
    main()
