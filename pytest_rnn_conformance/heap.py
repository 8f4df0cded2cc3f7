"""What stays in memory until the process ends, torch's objects above all: it is not looked through in vain.

Python's garbage collector looks through all objects time and again: while torch is loaded, where pytest ends,
where the process ends. That takes as long as a third of loading torch does.
"""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def growing() -> Iterator[None]:
    """Load what stays: nothing is collected meanwhile, and what came counts as old afterwards."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if not gc.get_freeze_count():
            gc.freeze()
            gc.unfreeze()
        if was_enabled:
            gc.enable()


def settle() -> None:
    """Leave all that is there out of every collection to come: once, and in a process of the kit's own alone.

    Elsewhere the user's own objects would be left out, too, and their tests may wait for the end of one.
    """
    if not gc.get_freeze_count():
        gc.freeze()
