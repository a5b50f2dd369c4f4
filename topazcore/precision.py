"""In which precision the network runs.

The network computes in 16 bit where the device has instructions for it and that is safe (autocast), with its images
laid out channels last where that is what the hardware reads fastest. Weights, the objective and the optimiser stay in
float32 everywhere. What is chosen follows from the device alone, never from a stopwatch: on one machine the same
seed gives the same bits, however busy it is.
"""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import lru_cache

import torch

# Names of torch for those of x86 processors, and of 64-bit Arm.
_BFLOAT16_INSTRUCTIONS = ("avx512_bf16", "amx_bf16", "bf16")


@dataclass(frozen=True)
class Precision:
    """How a training computes on one type of device.

    Args:
        device_type: "cpu", "cuda" or "mps".
        reduced: the 16-bit type that the network may use, or None for float32 throughout.
        layout: how images and weights lie in memory.
    """

    device_type: str = "cpu"
    reduced: torch.dtype | None = None
    layout: torch.memory_format = torch.contiguous_format

    def autocast(self) -> AbstractContextManager:
        """The block in which the network's layers run."""
        return torch.autocast(self.device_type, self.reduced) if self.reduced else nullcontext()

    def scaler(self) -> torch.amp.GradScaler:
        """Keeps gradients of float16 from vanishing; passes everything through where that cannot happen."""
        return torch.amp.GradScaler(self.device_type, enabled=self.reduced is torch.float16)


def choose_precision(device: torch.device) -> Precision:
    """bfloat16 where the device computes in it, float16 on older NVIDIA GPUs, else float32."""
    if device.type == "cpu" and has_bfloat16():
        return Precision("cpu", torch.bfloat16, torch.channels_last)
    if device.type == "cuda":
        native = torch.cuda.is_bf16_supported(including_emulation=False)
        return Precision("cuda", torch.bfloat16 if native else torch.float16, torch.channels_last)
    if device.type == "mps" and torch.backends.mps.is_macos_or_newer(14, 0):
        return Precision("mps", torch.bfloat16)
    return Precision(device.type)


@lru_cache
def has_bfloat16() -> bool:
    """Whether this processor multiplies bfloat16 itself; where that is only emulated it is slower than float32."""
    known = torch.cpu.get_capabilities()
    return any(known.get(name, False) for name in _BFLOAT16_INSTRUCTIONS)
