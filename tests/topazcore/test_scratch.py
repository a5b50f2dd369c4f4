import mmap

import numpy as np
import pytest

from topazcore import scratch as module
from topazcore.sampling import Geometry, LabeledMicrograph, PatchSampler
from topazcore.scratch import Scratch, shelves


@pytest.mark.parametrize("in_memory_bytes", [0, 1 << 20])
def test_arrays_keep_what_is_written_when_their_memory_is_given_back(tmp_path, in_memory_bytes):
    scratch = Scratch(tmp_path / "new", in_memory_bytes)
    values = scratch.empty(10_000, np.float16)
    values[:] = np.arange(10_000) % 100
    scratch.give_back()
    assert np.array_equal(values, np.arange(10_000) % 100)
    # A file without a name, or none.
    assert not (tmp_path / "new").exists() or not list((tmp_path / "new").iterdir())


def test_files_are_used_only_beyond_the_budget(tmp_path, monkeypatch):
    made = []
    monkeypatch.setattr(Scratch, "_mapped", lambda self, size: made.append(size) or mmap.mmap(-1, size))
    scratch = Scratch(tmp_path, 1000)
    for size in (600, 600, 300):
        scratch.empty(size, np.int8)
    assert made == [600]


def test_a_full_disk_is_no_error(tmp_path, monkeypatch):
    def full(*_arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "_reserve", full)
    assert Scratch(tmp_path, 0).empty(5, np.int8).shape == (5,)


def test_kept_images_are_copies_for_whoever_asks(tmp_path):
    first, second = shelves(Scratch(tmp_path, 0), [(2, 3), (4, 5)])
    first.fill(np.ones((2, 3), np.float32))
    second.fill(np.full((4, 5), 2.5, np.float32))
    assert (first.shape, second.size) == ((2, 3), 20)
    found = np.asarray(first, np.float32)
    found[:] = 7
    assert (np.asarray(first) == 1).all() and (np.asarray(second) == 2.5).all()


@pytest.mark.parametrize("kept", [False, True])
def test_batches_are_the_same_wherever_the_micrographs_lie(tmp_path, kept):
    random = np.random.default_rng(0)
    images = [random.standard_normal(shape).astype(np.float16) for shape in ((90, 70), (64, 100))]
    positives, none = np.array([[20.0, 30.0]]), np.empty((0, 2))

    def batch(scratch, keep):
        rooms = list(shelves(scratch, [image.shape for image in images]))
        for room, image in zip(rooms, images, strict=True):
            room.fill(image)
        micrographs = [LabeledMicrograph(each, positives, none) for each in (rooms if keep else images)]
        return PatchSampler(micrographs, Geometry(31, 4, 5), 3, seed=1, patches=8, scratch=scratch).draw()

    expected, found = batch(Scratch(), False), batch(Scratch(tmp_path, 0), kept)
    assert expected.images.equal(found.images) and expected.kinds.equal(found.kinds)
