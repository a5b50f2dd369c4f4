"""How much of the machine a training or picking process takes. It never imports torch."""

import os

# Lower priority than the web server's, so that tiles and clicks stay quick.
_NICENESS = 5


def available_cores() -> int:
    """Cores that this process may run on, no more than `OMP_NUM_THREADS` where a person or a queue has set it.

    The affinity mask exists on Linux only, elsewhere all cores count.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    wanted = os.environ.get("OMP_NUM_THREADS", "")
    return min(cores, int(wanted)) if wanted.isdecimal() and int(wanted) > 0 else cores


def let_idle_threads_sleep() -> None:
    """Threads that wait for each other shall not spin: they took ten times the time when something else ran too.

    To be called before torch is loaded: its thread pool reads the environment once.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def give_way() -> None:
    """Lower this process's priority, so that other processes stay quick; Windows has no such call."""
    if hasattr(os, "nice"):
        os.nice(_NICENESS)
