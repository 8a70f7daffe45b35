"""A photograph as the tensor that food_classifier_onnx takes."""

import numpy as np
from PIL import Image

SIDE = 224
IMAGENET_MEAN = np.array([0.485, 0.456, 0.406], np.float32)
IMAGENET_DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)


def to_tensor(path):
    """The photograph at `path` as FP32 [3, 224, 224]: RGB, scaled to 0..1, normalised as ImageNet models expect."""
    with Image.open(path) as image:
        pixels = image.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BILINEAR)
    scaled = np.asarray(pixels, np.float32) / 255
    normalised = (scaled - IMAGENET_MEAN) / IMAGENET_DEVIATION
    return np.ascontiguousarray(normalised.transpose(2, 0, 1))
