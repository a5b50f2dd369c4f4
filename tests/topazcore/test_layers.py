import pytest
import torch

from topazcore.layers import Layer, Residual, span


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ((), (1, 1)),
        ((Layer(1, 7, 2),), (7, 2)),
        ((Layer(1, 7, 2), Layer(1, 5, 2), Layer(1, 5)), (31, 4)),
        ((Layer(1, 3, 2), Layer(1, 3, 1, dilation=4)), (3 + 2 * 4 * 2, 2)),
    ],
)
def test_receptive_field_and_stride_follow_from_the_convolutions(layers, expected):
    assert span(layers) == expected


@pytest.mark.parametrize(
    ("plan", "side", "expected"),
    [
        (Residual(3), 10, 6),
        (Residual(3, stride=2), 11, 4),
        (Residual(3, stride=2), 12, 4),
        (Residual(5, dilations=(1, 2)), 10, 4),
    ],
)
def test_a_block_shrinks_by_the_reach_of_its_convolutions(plan, side, expected):
    assert plan.build(3)(torch.zeros(2, 3, side, side)).shape == (2, plan.channels, expected, expected)


@pytest.mark.parametrize("plan", [Residual(1), Residual(1, stride=2), Residual(1, dilations=(2, 1))])
def test_the_shortcut_is_centred_on_what_the_convolutions_see(plan):
    block = plan.build(1).eval()
    for weight in block.branch.parameters():
        weight.data.zero_()
    # Without its convolutions the block hands on, scaled, the pixel in the middle of each window.
    image = torch.arange(81.0).reshape(1, 1, 9, 9)
    reach, stride = sum(plan.dilations), plan.stride
    given = block(image)[0, 0]
    centres = image[0, 0, reach:-reach:stride, reach:-reach:stride]
    assert torch.allclose(given / given[0, 0], centres / centres[0, 0])


def test_channels_that_stay_need_no_convolution_in_the_shortcut():
    assert not list(Residual(4).build(4).shortcut.parameters())
    assert list(Residual(4).build(2).shortcut.parameters())
