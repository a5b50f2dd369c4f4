"""How much of the machine a training or picking process takes. It never imports torch.

To be called before torch is loaded: its thread pool reads the environment once.
"""

import os

# Lower priority than the web server's, so that tiles and clicks stay quick.
_NICENESS = 5


def available_cores() -> int:
    """Cores that this process may run on; the affinity mask exists on Linux only, elsewhere all cores count."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def be_considerate() -> None:
    """Give way to other processes: idle threads sleep, and the priority is lower (not on Windows).

    Threads that wait for each other by spinning took ten times the processor time when something else ran too.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    if hasattr(os, "nice"):
        os.nice(_NICENESS)
