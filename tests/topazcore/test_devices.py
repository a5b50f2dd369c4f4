import pytest
import torch

from topazcore.devices import available_devices, choose_device, use_threads
from topazcore.errors import SettingsError
from topazcore.precision import Precision, choose_precision, has_bfloat16
from topazcore.processor import available_cores


@pytest.fixture
def machine(monkeypatch):
    """Pretends that some devices are there."""

    def with_devices(*names: str) -> None:
        monkeypatch.setattr(torch.cuda, "is_available", lambda: "cuda" in names)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: "mps" in names)

    return with_devices


@pytest.mark.parametrize(
    ("there", "taken"), [((), "cpu"), (("mps",), "mps"), (("cuda",), "cuda"), (("cuda", "mps"), "cuda")]
)
def test_auto_takes_the_fastest_that_is_there(machine, there, taken):
    machine(*there)
    assert choose_device().type == choose_device("auto").type == taken
    assert available_devices()[-1] == "cpu" and choose_device("cpu").type == "cpu"


@pytest.mark.parametrize(
    ("there", "wanted", "named"), [((), "cuda", "auto or cpu"), (("mps",), "cuda", "auto or mps or cpu")]
)
def test_a_device_that_is_not_there_is_refused_with_what_is(machine, there, wanted, named):
    machine(*there)
    with pytest.raises(SettingsError) as caught:
        choose_device(wanted)
    assert caught.value.found.startswith("device cuda") and caught.value.expected == named


def test_threads_are_those_asked_for_or_all():
    before = torch.get_num_threads()
    try:
        assert use_threads(1) == torch.get_num_threads() == 1
        assert use_threads(0) == torch.get_num_threads() == available_cores()
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize(("native", "reduced"), [(True, torch.bfloat16), (False, torch.float16)])
def test_an_nvidia_gpu_computes_in_the_16_bits_that_it_knows(monkeypatch, native, reduced):
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: native)
    precision = choose_precision(torch.device("cuda"))
    assert (precision.reduced, precision.layout) == (reduced, torch.channels_last)


@pytest.mark.parametrize(("new", "reduced"), [(True, torch.bfloat16), (False, None)])
def test_apples_gpu_computes_in_bfloat16_where_its_system_can(monkeypatch, new, reduced):
    monkeypatch.setattr(torch.backends.mps, "is_macos_or_newer", lambda major, minor: new)
    assert choose_precision(torch.device("mps")) == Precision("mps", reduced)


@pytest.mark.parametrize(
    ("instructions", "reduced"),
    [
        ({"avx512_bf16": True}, torch.bfloat16),
        ({"amx_bf16": True, "avx512_bf16": False}, torch.bfloat16),
        ({"bf16": True}, torch.bfloat16),
        ({"avx512_bf16": False, "avx512_vnni": True}, None),
        ({}, None),
    ],
)
def test_a_processor_computes_in_bfloat16_where_it_has_instructions_for_it(
    monkeypatch, instructions, reduced
):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: instructions)
    has_bfloat16.cache_clear()
    precision = choose_precision(torch.device("cpu"))
    has_bfloat16.cache_clear()
    assert precision.reduced is reduced and not precision.scaler().is_enabled()
    with precision.autocast():
        assert torch.nn.Linear(2, 1)(torch.ones(1, 2)).dtype == (reduced or torch.float32)


@pytest.mark.parametrize(("reduced", "scales"), [(torch.bfloat16, False), (torch.float16, True)])
def test_16_bits_hold_in_the_block_alone_and_only_float16_needs_scaling(reduced, scales):
    precision, layer = Precision("cpu", reduced), torch.nn.Linear(2, 1)
    with precision.autocast():
        assert layer(torch.ones(1, 2)).dtype == reduced
    assert layer(torch.ones(1, 2)).dtype == torch.float32
    assert precision.scaler().is_enabled() == scales
