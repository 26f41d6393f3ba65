"""How is a process killed in the middle of a write? Linux tells within a fraction of a millisecond that a file is begun."""

import ctypes
import os
from pathlib import Path
import select
import signal
import sys
import time

_CREATE = 0x100
# Other threads of this process let go of the interpreter that often, in seconds.
_SWITCH_INTERVAL = 0.0001


def strike(process_id: int, folder: Path, *, patience: float, pause: float) -> None:
    """Kill a process `pause` seconds after any file is begun in a folder, or when `patience` seconds are over.

    It blocks, so that nothing comes between the news and the kill: call it in a thread.
    """
    sys.setswitchinterval(_SWITCH_INTERVAL)
    libc = ctypes.CDLL(None, use_errno=True)
    watch = libc.inotify_init1(os.O_CLOEXEC)
    if watch < 0:
        raise OSError(ctypes.get_errno(), "cannot watch files")
    try:
        if libc.inotify_add_watch(watch, bytes(folder), _CREATE) < 0:
            raise OSError(ctypes.get_errno(), "cannot watch", str(folder))
        select.select([watch], [], [], patience)
        time.sleep(pause)
        os.kill(process_id, signal.SIGKILL)
    finally:
        os.close(watch)
