#!/usr/bin/env python3
"""Writes images.zip: small images of every kind that the image backend decodes, and what pixels Pillow makes of them.

    python3 make_images.py ../resources/io/nereid/backend/image/images.zip

For each image NAME.EXT there is NAME.rgb, what convert("RGB") gives, row by row, behind width and height as two
little-endian 32-bit numbers. resize/N-HxW.rgb is image resize/N.png, resized by Pillow; resize/N-SIDE-CROP.rgb is what
torchvision's Resize(SIDE) and CenterCrop(CROP) make of it. The numbers are random but the same each time.
"""

import io
import random
import struct
import sys
import zipfile
import zlib

from PIL import Image

WIDTH, HEIGHT = 13, 11
ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
numbers = random.Random(11)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def packed(samples, depth):
    """Samples of a row as bytes."""
    if depth == 16:
        return struct.pack(f">{len(samples)}H", *samples)
    bits = "".join(f"{sample:0{depth}b}" for sample in samples)
    return bytes(int(bits[at : at + 8].ljust(8, "0"), 2) for at in range(0, len(bits), 8))


def filtered(rows, step):
    """Rows behind each other, each by another filter."""
    out, above = b"", bytes(len(rows[0]))
    for number, row in enumerate(rows):
        kind = number % 5
        line = bytearray()
        for i, value in enumerate(row):
            left = row[i - step] if i >= step else 0
            corner = above[i - step] if i >= step else 0
            guess = left + above[i] - corner
            nearest = min((left, above[i], corner), key=lambda near: abs(guess - near))
            line.append((value - (0, left, above[i], (left + above[i]) // 2, nearest)[kind]) % 256)
        out, above = out + bytes([kind]) + line, row
    return out


def png(depth, color, interlaced=False, colors=None):
    """A PNG of random samples; Pillow cannot write most of these."""
    per_pixel = SAMPLES[color]
    top = 2**depth if color != 3 else min(2**depth, colors + 1)
    image = [[[numbers.randrange(top) for _ in range(per_pixel)] for _ in range(WIDTH)] for _ in range(HEIGHT)]
    if depth == 16 and color == 0:  # some below 256, which is where Pillow cuts
        image = [[[value % 400] for (value,) in row] for row in image]
    step = max(1, per_pixel * depth // 8)
    data = b""
    for x, y, dx, dy in ADAM7 if interlaced else [(0, 0, 1, 1)]:
        rows = [packed([sample for pixel in row[x::dx] for sample in pixel], depth) for row in image[y::dy]]
        if rows and rows[0]:
            data += filtered(rows, step)
    out = b"\x89PNG\r\n\x1a\n"
    out += chunk(b"IHDR", struct.pack(">IIBBBBB", WIDTH, HEIGHT, depth, color, 0, 0, int(interlaced)))
    if color == 3:
        out += chunk(b"PLTE", bytes(numbers.randrange(256) for _ in range(3 * colors)))
        out += chunk(b"tRNS", bytes(numbers.randrange(256) for _ in range(colors)))
    compressed = zlib.compress(data)
    half = len(compressed) // 2
    return out + chunk(b"IDAT", compressed[:half]) + chunk(b"IDAT", compressed[half:]) + chunk(b"IEND", b"")


def bmp(bits, *, top_down=False, masks=None, core=False):
    """A BMP of random pixels, of the head of Windows or of OS/2."""
    stride = (WIDTH * bits + 31) // 32 * 4
    rows = bytes(numbers.randrange(256) for _ in range(stride * HEIGHT))
    colors = 2**bits if bits <= 8 else 0
    palette = b"".join(
        bytes(numbers.randrange(256) for _ in range(3)) + (b"" if core else b"\0") for _ in range(colors)
    )
    if core:
        head = struct.pack("<IHHHH", 12, WIDTH, HEIGHT, 1, bits)
    else:
        height = -HEIGHT if top_down else HEIGHT
        head = struct.pack("<IiiHHIIiiII", 40, WIDTH, height, 1, bits, 3 if masks else 0, len(rows), 0, 0, 0, 0)
        head += struct.pack("<III", *masks) if masks else b""
    start = 14 + len(head) + len(palette)
    return b"BM" + struct.pack("<IHHI", start + len(rows), 0, 0, start) + head + palette + rows


def noise(mode, width=WIDTH, height=HEIGHT):
    bands = len(Image.new(mode, (1, 1)).getbands())
    return Image.frombytes(mode, (width, height), bytes(numbers.randrange(256) for _ in range(width * height * bands)))


def smooth(mode, width=64, height=48):
    """Colours that change slowly, which JPEG keeps well."""
    bands = len(Image.new(mode, (1, 1)).getbands())
    small = Image.frombytes(mode, (4, 3), bytes(numbers.randrange(256) for _ in range(12 * bands)))
    return small.resize((width, height), Image.Resampling.BICUBIC)


def saved(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def pngs():
    for color, depths in {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}.items():
        for depth in depths:
            for interlaced in (False, True):
                name = f"png/color{color}-depth{depth}{'-interlaced' if interlaced else ''}.png"
                yield name, png(depth, color, interlaced, min(2**depth, 200))


def bmps():
    for bits in (1, 4, 8, 16, 24, 32):
        yield f"bmp/bits{bits}.bmp", bmp(bits)
        yield f"bmp/bits{bits}-topdown.bmp", bmp(bits, top_down=True)
    yield "bmp/bits16-565.bmp", bmp(16, masks=(0xF800, 0x7E0, 0x1F))
    yield "bmp/bits32-masks.bmp", bmp(32, masks=(0xFF0000, 0xFF00, 0xFF))
    for bits in (1, 4, 8, 24):
        yield f"bmp/bits{bits}-os2.bmp", bmp(bits, core=True)


def jpegs():
    exif = Image.Exif()
    exif[0x112] = 6
    yield "jpeg/color.jpg", saved(smooth("RGB"), "JPEG", quality=92)
    yield "jpeg/color-444.jpg", saved(smooth("RGB"), "JPEG", quality=92, subsampling=0)
    yield "jpeg/progressive.jpg", saved(smooth("RGB"), "JPEG", quality=92, progressive=True)
    yield "jpeg/grey.jpg", saved(smooth("L"), "JPEG", quality=92)
    yield "jpeg/cmyk.jpg", saved(smooth("CMYK"), "JPEG", quality=95)
    yield "jpeg/exif-6.jpg", saved(smooth("RGB"), "JPEG", quality=92, exif=exif)
    yield "jpeg/no-end.jpg", saved(smooth("RGB"), "JPEG", quality=92)[:-2]


def webps():
    yield "webp/lossy.webp", saved(smooth("RGB"), "WEBP", quality=90)
    yield "webp/lossless.webp", saved(noise("RGB"), "WEBP", lossless=True)
    yield "webp/alpha.webp", saved(noise("RGBA"), "WEBP", lossless=True, exact=True)
    frames = [smooth("RGB"), smooth("RGB"), smooth("RGB")]
    yield "webp/animated.webp", saved(frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=True)


def rgb_of(image):
    return struct.pack("<II", *image.size) + image.convert("RGB").tobytes()


def shrunk(image, size):
    """Columns first, as every Pillow before 13 does; since then some images are resized rows first."""
    narrow = image.resize((size[0], image.height), Image.Resampling.BILINEAR)
    return narrow.resize(size, Image.Resampling.BILINEAR)


def resized(out):
    sizes = [(50, 37), (37, 50), (7, 5), (1, 90), (64, 64)]
    for number, (width, height) in enumerate(sizes):
        image = noise("RGB", width, height)
        out[f"resize/{number}.png"] = saved(image, "PNG")
        for to_height, to_width in ((20, 20), (9, 31), (70, 40), (64, 64)):
            out[f"resize/{number}-{to_height}x{to_width}.rgb"] = rgb_of(shrunk(image, (to_width, to_height)))
        for side, crop in ((24, 17), (24, 24), (61, 20)):
            short, long = min(width, height), max(width, height)
            longer = int(side * long / short)
            size = (side, longer) if width <= height else (longer, side)
            whole = shrunk(image, size)
            left, top = (round((length - crop) / 2.0) for length in size)
            out[f"resize/{number}-{side}-{crop}.rgb"] = rgb_of(whole.crop((left, top, left + crop, top + crop)))


def main(target):
    out = {}
    for images in (pngs(), bmps(), jpegs(), webps()):
        for name, content in images:
            out[name] = content
            with Image.open(io.BytesIO(content + (b"\xff\xd9" if name == "jpeg/no-end.jpg" else b""))) as image:
                out[name.rsplit(".", 1)[0] + ".rgb"] = rgb_of(image)
    resized(out)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(out):
            archive.writestr(zipfile.ZipInfo(name), out[name], zipfile.ZIP_DEFLATED)


if __name__ == "__main__":
    main(sys.argv[1])
