#!/usr/bin/env python3
"""What ImageBenchmark measures, done by Pillow and NumPy as a model in Python does it: time of one image, one thread.

python3 pillow_image.py [FILE]
"""

import io
import pathlib
import statistics
import sys
import time

import numpy as np
from PIL import Image

MEAN = np.array([0.485, 0.456, 0.406], np.float32)
DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)


def to_tensor(content):
    with Image.open(io.BytesIO(content)) as image:
        pixels = image.convert("RGB").resize((224, 224), Image.Resampling.BILINEAR)
    scaled = np.asarray(pixels, np.float32) / 255
    return np.ascontiguousarray(((scaled - MEAN) / DEVIATION).transpose(2, 0, 1))


def main():
    content = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "examples/food11/images/fruits.jpg").read_bytes()
    times = []
    for _ in range(500):
        began = time.perf_counter()
        to_tensor(content)
        times.append(time.perf_counter() - began)
    print(f"median {statistics.median(times) * 1e6:.0f} us, fastest {min(times) * 1e6:.0f} us")


if __name__ == "__main__":
    main()
