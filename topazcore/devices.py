"""Where the network runs: which devices there are, which one is taken, how many processor threads.

Nothing here computes. A model is always saved for the CPU, whatever it was trained on.
"""

import torch

from topazcore.errors import SettingsError
from topazcore.processor import available_cores


def available_devices() -> tuple[str, ...]:
    """What this machine has, the fastest first; the CPU is always last."""
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    return tuple(name for name, is_there in there.items() if is_there)


def choose_device(wanted: str = "auto") -> torch.device:
    """The device of that name; "auto" takes an NVIDIA GPU, else Apple's, else the CPU.

    Raises:
        SettingsError: this machine has no such device; what it has is named.
    """
    there = available_devices()
    if wanted == "auto":
        return torch.device(there[0])
    if wanted not in there:
        raise SettingsError(
            f"device {wanted}, which this machine does not have",
            f"auto or {' or '.join(there)}",
            "choose auto, or install a torch that knows the device",
        )
    return torch.device(wanted)


def use_threads(threads: int) -> int:
    """Let torch use `threads` threads; 0 means every core that this process may run on. Returns how many."""
    threads = threads or available_cores()
    torch.set_num_threads(threads)
    return threads
