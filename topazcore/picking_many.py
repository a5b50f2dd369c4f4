"""Picks of many micrographs, as many at a time as there are processor threads.

A network whose layers are divided among threads waits for the slowest of them after every layer; micrographs that have
a thread each wait for nobody, and the next is read while others are scored. It never decides in which order.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

import torch

from topazcore.checkpoint import Model
from topazcore.errors import PeridotError
from topazcore.picking import Picks, Prepared, pick_prepared

Item = TypeVar("Item")
# Each takes the memory of a full-size micrograph and of a tile inside the network, 200 MB or so together.
_MOST_AT_ONCE = 8
# A GPU scores one while the next is read.
_AT_ONCE_ON_GPU = 2


def pick_in_turn(
    model: Model, items: Iterable[Item], prepare_item: Callable[[Item], Prepared]
) -> Iterator[tuple[Item, Picks | PeridotError]]:
    """Picks in the order of `items`, with torch's number of threads.

    `items` is asked for the next one as late as that allows, so their order may change under way. A micrograph
    that cannot be prepared gives its error in place of picks.
    """
    threads = torch.get_num_threads()
    at_once = _at_once(model, threads)

    def pick(item: Item) -> Picks | PeridotError:
        try:
            return pick_prepared(model, prepare_item(item))
        except PeridotError as error:
            return error

    pool = ThreadPoolExecutor(at_once, "pick", torch.set_num_threads, (max(1, threads // at_once),))
    try:
        yield from _in_turn(iter(items), pick, pool, at_once)
    finally:
        pool.shutdown(cancel_futures=True)
        # Threads that are started later begin with what any thread set last.
        torch.set_num_threads(threads)


def _at_once(model: Model, threads: int) -> int:
    on_cpu = next(model.classifier.parameters()).device.type == "cpu"
    return min(threads, _MOST_AT_ONCE) if on_cpu else _AT_ONCE_ON_GPU


def _in_turn(
    items: Iterator[Item],
    pick: Callable[[Item], Picks | PeridotError],
    pool: ThreadPoolExecutor,
    at_once: int,
) -> Iterator[tuple[Item, Picks | PeridotError]]:
    # One more than are worked on: nobody waits until the first in line is taken.
    begun: deque[tuple[Item, Future]] = deque(
        (item, pool.submit(pick, item)) for item in islice(items, at_once + 1)
    )
    while begun:
        item, future = begun.popleft()
        picks = future.result()
        begun.extend((each, pool.submit(pick, each)) for each in islice(items, 1))
        yield item, picks
