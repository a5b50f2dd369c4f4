"""The state of something that can be gone on from: plain facts and tensors. It never reads or writes a file."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch


@dataclass(frozen=True)
class Snapshot:
    """What a part of a training remembers.

    Args:
        facts: ready for JSON.
        tensors: by name, on any device. They may be those in use: whoever keeps a snapshot copies them.
    """

    facts: Mapping[str, object] = field(default_factory=dict)
    tensors: Mapping[str, torch.Tensor] = field(default_factory=dict)

    def group(self, name: str) -> dict[str, torch.Tensor]:
        """The tensors named "name/...", without that."""
        return {
            key.removeprefix(f"{name}/"): tensor
            for key, tensor in self.tensors.items()
            if key.startswith(f"{name}/")
        }


def named(name: str, tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """`tensors` as the group `name` of a snapshot."""
    return {f"{name}/{key}": tensor for key, tensor in tensors.items()}
