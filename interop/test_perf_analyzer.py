"""perf_analyzer, unmodified: it runs to its end, and the server times that it prints add up."""

import pathlib
import re
import subprocess

PERF_ANALYZER = pathlib.Path(__file__).resolve().parent / "perf_analyzer"
REQUESTS_PER_WINDOW = 20
BLOCK = re.compile(r"^Request concurrency: (\d+)$", re.MULTILINE)
CLIENT_LATENCY = re.compile(r"Avg latency: (\d+) usec")
SERVER_LATENCY = re.compile(
    r"Avg request latency: (\d+) usec \(overhead (\d+) usec \+ queue (\d+) usec"
    r" \+ compute input (\d+) usec \+ compute infer (\d+) usec \+ compute output (\d+) usec\)"
)


def analyze(server, model, concurrency, *flags):
    """What perf_analyzer prints; short windows, and any spread counts as stable: speed is not the question here."""
    finished = subprocess.run(
        [
            str(PERF_ANALYZER), "-m", model, "-u", server.url,
            "--concurrency-range", concurrency,
            "--measurement-mode", "count_windows", "--measurement-request-count", str(REQUESTS_PER_WINDOW),
            "--stability-percentage", "999", "--max-trials", "4",
            *flags,
        ],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=240,
    )  # fmt: skip
    assert finished.returncode == 0, finished.stdout
    return finished.stdout


def assert_times_add_up(report, levels):
    parts = BLOCK.split(report)[1:]
    blocks = dict(zip(map(int, parts[0::2]), parts[1::2]))
    assert sorted(blocks) == list(levels), report
    for level, block in blocks.items():
        client = CLIENT_LATENCY.search(block)
        server = SERVER_LATENCY.search(block)
        assert client and server, block
        latency, overhead, queue, compute_input, compute_infer, compute_output = map(int, server.groups())
        stages = queue + compute_input + compute_infer + compute_output
        assert stages <= latency, block
        # Each figure is cut to whole microseconds.
        assert abs(overhead + stages - latency) <= 5, block
        assert latency <= int(client.group(1)) * 1.1 + 50, block
        assert compute_infer > 0, block
        if level >= 8:
            assert queue > 0, block


def test_food_classifier_from_1_to_16(server):
    assert_times_add_up(analyze(server, "food_classifier_onnx", "1:16"), range(1, 17))


def test_json_tensors_and_a_batch(server):
    report = analyze(
        server,
        "food_classifier_onnx",
        "2",
        "-b",
        "2",
        "--input-tensor-format",
        "json",
        "--output-tensor-format",
        "json",
    )
    assert_times_add_up(report, [2])


def test_a_shape_of_the_callers_choice(server):
    assert_times_add_up(analyze(server, "identity_fp32", "1:4", "--shape", "INPUT0:16"), range(1, 5))


def test_strings(server):
    assert_times_add_up(analyze(server, "bytes_one", "1", "--string-length", "32"), [1])
