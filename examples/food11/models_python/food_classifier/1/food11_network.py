"""EfficientNet-Lite0 with Food-11's groups as its head, as a torch module.

food11.pth is this class pickled whole, so it must be importable wherever that file is loaded. Batch normalisation is
folded into the convolutions, as in the ONNX model whose weights it has.
"""

import torch
from torch import nn
from torch.nn import functional

# Repeats, kernel, stride, expansion, channels in, channels out of each stage.
STAGES = (
    (1, 3, 1, 1, 32, 16),
    (2, 3, 2, 6, 16, 24),
    (2, 5, 2, 6, 24, 40),
    (3, 3, 2, 6, 40, 80),
    (3, 5, 1, 6, 80, 112),
    (4, 5, 2, 6, 112, 192),
    (1, 3, 1, 6, 192, 320),
)
FEATURES = 1280
# How many ImageNet classes each of the eleven groups has; a group without any answers ABSENT.
GROUPS = (7, 1, 4, 0, 0, 3, 1, 0, 10, 4, 26)
ABSENT = -10.0


class SameConvolution(nn.Conv2d):
    """A convolution whose output has ceil(size / stride) rows; what padding is odd goes to the end."""

    def __init__(self, channels_in, channels_out, kernel, stride=1, groups=1):
        super().__init__(channels_in, channels_out, kernel, stride, groups=groups)

    def forward(self, x):
        return super().forward(functional.pad(x, (*self.padding_of(x.shape[3]), *self.padding_of(x.shape[2]))))

    def padding_of(self, size):
        kernel, stride = self.kernel_size[0], self.stride[0]
        total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
        return total // 2, total - total // 2


class Block(nn.Module):
    """Expand, convolve each channel alone, project; added to its input where the shapes agree."""

    def __init__(self, kernel, stride, expansion, channels_in, channels_out):
        super().__init__()
        inner = channels_in * expansion
        self.expand = SameConvolution(channels_in, inner, 1) if expansion != 1 else None
        self.depthwise = SameConvolution(inner, inner, kernel, stride, groups=inner)
        self.project = SameConvolution(inner, channels_out, 1)
        self.residual = stride == 1 and channels_in == channels_out

    def forward(self, x):
        y = x if self.expand is None else functional.relu6(self.expand(x))
        y = self.project(functional.relu6(self.depthwise(y)))
        return y + x if self.residual else y


class Food11(nn.Module):
    """[n, 3, 224, 224], normalised as ImageNet's models expect, to [n, 11]."""

    def __init__(self):
        super().__init__()
        self.register_buffer("scale", torch.ones(1, 3, 1, 1))
        self.register_buffer("shift", torch.zeros(1, 3, 1, 1))
        self.stem = SameConvolution(3, 32, 3, stride=2)
        self.blocks = nn.ModuleList(blocks())
        self.head = SameConvolution(320, FEATURES, 1)
        self.classes = nn.Linear(FEATURES, sum(GROUPS))

    def forward(self, x):
        x = functional.relu6(self.stem(x * self.scale + self.shift))
        for block in self.blocks:
            x = block(x)
        x = functional.relu6(self.head(x)).mean(dim=(2, 3))
        return groups_of(self.classes(x))


def blocks():
    for repeats, kernel, stride, expansion, channels_in, channels_out in STAGES:
        yield Block(kernel, stride, expansion, channels_in, channels_out)
        for _ in range(repeats - 1):
            yield Block(kernel, 1, expansion, channels_out, channels_out)


def groups_of(logits):
    """The log of the summed exponentials of each group's classes."""
    absent = torch.full_like(logits[:, :1], ABSENT)
    parts = torch.split(logits, [count for count in GROUPS if count], dim=1)
    remaining = iter(parts)
    return torch.cat(
        [torch.logsumexp(next(remaining), dim=1, keepdim=True) if count else absent for count in GROUPS], dim=1
    )
