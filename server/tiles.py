"""What the canvas draws: layers of a micrograph as tiles, built on demand and kept in a bounded cache.

A micrograph is read once for all of its
tiles, by plain reads; several requests for it wait for the same reading. A file that changed since it was
indexed is an error that says so, never another image under the old address.
"""

import io
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

import numpy as np
from PIL import Image

from topazcore.bandpass import bandpass
from topazcore.files import replace_file
from topazcore.micrograph import finite, read_micrograph
from topazcore.preprocess import prepare, tame_outliers

from . import contrast, pyramid
from .errors import NotFoundError
from .layers import Layer, model_layer, raw_layer
from .project import Micrograph
from .pyramid import Pyramid

JPEG_QUALITY = 90
# For slow lines: less than a third of the bytes, and the particles are still seen.
SMALL_JPEG_QUALITY = 40
THUMBNAIL_SIZE = 96
READ_AT_ONCE = 2


class PyramidCache:
    """The most recently used pyramids, up to a number of bytes; each is built once, whoever asks."""

    def __init__(self, max_bytes: int):
        self.max_bytes = max_bytes
        self.lock = threading.Lock()
        self.places = threading.BoundedSemaphore(READ_AT_ONCE)
        self.entries: OrderedDict[str, Future[Pyramid]] = OrderedDict()

    def get(self, key: str, make: Callable[[], Pyramid]) -> Pyramid:
        """The pyramid of this key; `make` is called by the first who asks, and its error reaches all who wait."""
        with self.lock:
            future = self.entries.get(key)
            is_mine = future is None
            if is_mine:
                future = self.entries[key] = Future()
            self.entries.move_to_end(key)
        if is_mine:
            self.fill(key, future, make)
        return future.result()

    def fill(self, key: str, future: Future, make: Callable[[], Pyramid]) -> None:
        """Build, and make room; what failed is not kept."""
        try:
            with self.places:
                made = make()
        except BaseException as error:
            with self.lock:
                self.entries.pop(key, None)
            future.set_exception(error)
            return
        future.set_result(made)
        with self.lock:
            self.shrink()

    def shrink(self) -> None:
        """Drop the least recently used finished ones until the rest fits; the newest stays."""
        done = [(key, future.result().nbytes) for key, future in self.entries.items() if is_built(future)]
        total = sum(size for _, size in done)
        for key, size in done[:-1]:
            if total <= self.max_bytes:
                return
            del self.entries[key]
            total -= size


def is_built(future: Future) -> bool:
    """Whether a pyramid is there, not still being built and not failed."""
    return future.done() and future.exception() is None


class Tiles:
    """Tiles, layer descriptions and thumbnails of a project's micrographs."""

    def __init__(self, thumbnails: Path, cache_bytes: int):
        self.thumbnails = thumbnails
        self.cache = PyramidCache(cache_bytes)
        # A list full of thumbnails leaves a place for the micrograph that is being opened.
        self.thumbnailing = threading.Lock()

    def layers(self, micrograph: Micrograph, factor: float | None) -> dict[str, Layer]:
        """The layers that a micrograph always has; `model` only where the downsampling is known."""
        found = {"raw": raw_layer(micrograph)}
        return found if factor is None else {**found, "model": model_layer(micrograph, factor)}

    def describe(self, micrograph: Micrograph, layer: Layer) -> dict:
        """All that the canvas needs to draw a layer."""
        made = self.pyramid(micrograph, layer)
        return {
            "revision": layer.revision,
            "width": layer.width,
            "height": layer.height,
            "levels": len(made.levels),
            "scale_x": layer.scale_x,
            "scale_y": layer.scale_y,
            "origin_x": layer.origin_x,
            "origin_y": layer.origin_y,
            "low": made.window.low,
            "high": made.window.high,
            "histogram": made.histogram,
            "auto_low": made.auto_low,
            "auto_high": made.auto_high,
        }

    def pyramid(self, micrograph: Micrograph, layer: Layer) -> Pyramid:
        """The layer's pyramid, from the cache or the file.

        Raises:
            MicrographError: the file cannot be read, or is not the one that was indexed.
        """
        return self.cache.get(f"{micrograph.id}/{layer.revision}", lambda: build(micrograph, layer))

    def tile(
        self, micrograph: Micrograph, layer: Layer, place: tuple[int, int, int], extension: str
    ) -> bytes:
        """One encoded tile at (z, x, y).

        Raises:
            NotFoundError: no such tile.
        """
        part = self.pyramid(micrograph, layer).tile(*place)
        if part is None:
            raise NotFoundError("no such tile", "z, x and y inside the layer")
        return encode(part, extension)

    def thumbnail(self, micrograph: Micrograph) -> bytes:
        """A small JPEG at starting contrast, kept on disk since it takes the whole file to make one."""
        kept = self.thumbnails / f"{micrograph.revision}.jpg"
        try:
            return kept.read_bytes()
        except FileNotFoundError:
            with self.thumbnailing:
                made = self.make_thumbnail(micrograph)
        replace_file(kept, made)
        return made

    def make_thumbnail(self, micrograph: Micrograph) -> bytes:
        """The coarsest level of the raw layer, smaller still, with the contrast that the canvas starts with."""
        made = self.pyramid(micrograph, raw_layer(micrograph))
        low, high = made.auto_low, made.auto_high
        grey = contrast.to_grey(made.levels[-1].astype(np.float32), contrast.Window(low, high))
        image = Image.fromarray(grey)
        image.thumbnail((THUMBNAIL_SIZE, THUMBNAIL_SIZE), Image.Resampling.BOX)
        return encode(np.asarray(image), "jpg")

    def forget_all_but(self, micrographs: list[Micrograph]) -> None:
        """Remove the thumbnails of files that are gone or have changed."""
        wanted = {f"{each.revision}.jpg" for each in micrographs}
        for kept in self.thumbnails.glob("*.jpg"):
            if kept.name not in wanted:
                kept.unlink(missing_ok=True)


def build(micrograph: Micrograph, layer: Layer) -> Pyramid:
    """Read the file and build the layer's pyramid; the file is checked before and after it was read."""
    micrograph.check()
    pixels = read_micrograph(micrograph.target)
    micrograph.check()
    if layer.factor is not None:
        return pyramid.build(prepare(pixels, layer.factor))
    if layer.band is not None:
        tamed = tame_outliers(finite(pixels)[0])
        del pixels  # a large micrograph shall not be held three times
        return pyramid.build(bandpass(tamed, layer.band))
    if pixels.dtype == np.uint8:
        return pyramid.build(pixels)
    return pyramid.build(finite(pixels)[0])


def encode(grey: np.ndarray, extension: str) -> bytes:
    """A uint8 image (height, width) as JPEG, as a smaller JPEG ("small.jpg") or PNG."""
    stream = io.BytesIO()
    image = Image.fromarray(np.ascontiguousarray(grey))
    if extension == "png":
        image.save(stream, "PNG", compress_level=1)
    else:
        small = extension == "small.jpg"
        image.save(stream, "JPEG", quality=SMALL_JPEG_QUALITY if small else JPEG_QUALITY)
    return stream.getvalue()
