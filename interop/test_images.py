"""The backends image and classify, asked by Triton's clients, and what Pillow makes of the same files."""

import base64
import io

import numpy as np
import pytest
import tritonclient.grpc
import tritonclient.http
from PIL import Image

import wire
from server import ROOT, Server

FOOD11 = ROOT / "examples" / "food11"
PHOTOGRAPHS = [FOOD11 / "images" / name for name in ("fruits.jpg", "orange.jpg")]
LEVELS = """
backend: "image"
max_batch_size: 8
input [ { name: "FILE" data_type: TYPE_STRING dims: [ 1 ] } ]
output [ { name: "LEVELS" data_type: TYPE_UINT8 dims: [ 96, 128, 3 ] } ]
parameters { key: "resize" value { string_value: "96x128" } }
parameters { key: "layout" value { string_value: "NHWC" } }
parameters { key: "max_pixels" value { string_value: "1000000" } }
"""


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    folder = tmp_path_factory.mktemp("images")
    (folder / "levels" / "1").mkdir(parents=True)
    (folder / "levels" / "config.pbtxt").write_text(LEVELS)
    running = Server(folder / "server.log", [folder])
    try:
        yield running.wait_until()
        assert running.stop() == 0
    finally:
        running.kill()


def saved(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def levels(server, *files):
    """The grey levels of files that are sent as one batch over gRPC."""
    tensor = tritonclient.grpc.InferInput("FILE", [len(files), 1], "BYTES")
    tensor.set_data_from_numpy(np.array(files, dtype=object).reshape(-1, 1))
    with tritonclient.grpc.InferenceServerClient(server.grpc_url) as client:
        return client.infer("levels", [tensor]).as_numpy("LEVELS").astype(int)


def pillows_levels(file):
    with Image.open(io.BytesIO(file)) as image:
        return np.asarray(image.convert("RGB").resize((128, 96), Image.Resampling.BILINEAR)).astype(int)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_png_of_any_kind_is_what_pillow_makes_of_it(images, mode):
    numbers = np.random.default_rng(3).integers(0, 256, (300, 413, 4), dtype=np.uint8)
    file = saved(Image.fromarray(numbers, "RGBA").convert(mode), "PNG")
    assert np.abs(levels(images, file)[0] - pillows_levels(file)).max() <= 1


@pytest.mark.parametrize("photograph", PHOTOGRAPHS, ids=lambda path: path.name)
@pytest.mark.parametrize("kind", ["as it is", "grey", "progressive", "CMYK", "WEBP"])
def test_photographs_are_what_pillow_makes_of_them(images, photograph, kind):
    """Without libjpeg-turbo on this machine the JDK decodes JPEG, and a few pixels differ by more."""
    file = photograph.read_bytes()
    if kind != "as it is":
        with Image.open(photograph) as image:
            changed = image.convert({"grey": "L", "CMYK": "CMYK"}.get(kind, "RGB"))
        file = saved(changed, "WEBP") if kind == "WEBP" else saved(changed, "JPEG", progressive=kind == "progressive")
    if kind == "WEBP" and "WebP by nothing" in images.log_text():
        pytest.skip("this machine has no libwebp")
    difference = np.abs(levels(images, file)[0] - pillows_levels(file))
    turbo = "JPEG by libjpeg-turbo" in images.log_text()
    assert difference.max() <= (1 if turbo or kind == "WEBP" else 8)
    assert difference.mean() < 0.5


def test_a_batch_has_each_image_in_its_place(images):
    files = [saved(Image.new("RGB", (5 + number, 7), (30 * number, 0, 255 - number)), "BMP") for number in range(8)]
    got = levels(images, *files)
    for number in range(8):
        assert (got[number] == [30 * number, 0, 255 - number]).all()


@pytest.mark.parametrize(
    ("file", "text"),
    [
        (b"hello", r"input 'FILE', image 1 of 2: got text \(expected a file in JPEG, PNG, WebP or BMP, as it is or in base64"),
        (saved(Image.new("RGB", (9, 9)), "GIF"), r"image 1 of 2: got GIF \(expected a file in JPEG"),
        (saved(Image.new("RGB", (9, 9)), "PNG")[:40], "image 1 of 2: got PNG that ends early"),
        (saved(Image.new("1", (1001, 1000)), "PNG"), r"got PNG of 1001x1000 pixels, 1001000 in all \(expected at most 1"),
    ],
)  # fmt: skip
def test_what_cannot_be_decoded_is_an_error_of_the_request(images, file, text):
    sound = saved(Image.new("RGB", (9, 9)), "PNG")
    with pytest.raises(tritonclient.grpc.InferenceServerException, match=text) as raised:
        levels(images, sound, file)
    assert "INVALID_ARGUMENT" in raised.value.status()


def test_a_photograph_is_a_request(server):
    for photograph in PHOTOGRAPHS:
        answer = wire.infer(server.port, "food_classifier", photograph.read_bytes())
        assert answer.status == 200, answer.text
        outputs = {output["name"]: output for output in answer.json()["outputs"]}
        assert outputs["FOOD_LABEL"]["data"] == ["Vegetable/Fruit"]
        assert outputs["PROBABILITY"]["data"][0] > 0.99


def test_a_photograph_with_the_header_of_raw_requests_is_answered_in_binary(server):
    answer = wire.infer(
        server.port, "food_classifier", PHOTOGRAPHS[0].read_bytes(), Inference_Header_Content_Length="0"
    )
    assert answer.status == 200
    assert "inference-header-content-length" in answer.headers


def test_a_photograph_for_a_model_of_tensors_is_an_error_with_a_hint(server):
    answer = wire.infer(server.port, "food_classifier_onnx", PHOTOGRAPHS[0].read_bytes())
    assert answer.status == 500  # as of every body that is no JSON
    assert "the body looks like a JPEG image (expected {" in answer.error


def test_a_photograph_that_ends_early_is_the_clients_error(server):
    answer = wire.infer(server.port, "food_classifier", PHOTOGRAPHS[0].read_bytes()[:3000])
    assert answer.status == 400
    assert "input 'INPUT_IMAGE', image 0 of 1: got JPEG that ends early" in answer.error


def test_as_the_tutorials_application_asks(server):
    """Base64 as one string, both outputs as JSON; the same signature as the model in Python has."""
    tensor = tritonclient.http.InferInput("INPUT_IMAGE", [1, 1], "BYTES")
    text = base64.b64encode(PHOTOGRAPHS[0].read_bytes()).decode()
    tensor.set_data_from_numpy(np.array([[text]], dtype=object))
    outputs = [
        tritonclient.http.InferRequestedOutput(name, binary_data=False) for name in ("FOOD_LABEL", "PROBABILITY")
    ]
    with tritonclient.http.InferenceServerClient(server.url) as client:
        got = client.infer("food_classifier", [tensor], outputs=outputs)
    assert got.as_numpy("FOOD_LABEL")[0, 0] == "Vegetable/Fruit"
    assert got.as_numpy("PROBABILITY")[0, 0] > 0.99
