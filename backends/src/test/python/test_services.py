"""What a model asks of its server besides inference: metrics, the log, other models' life."""

from __future__ import annotations

import os

import pytest
from fake_server import PATIENCE_SECONDS, FakeServer
from models import model
from wire import Request

ATTEMPT = """
def attempt(f, *arguments, **keywords):
    try: print(f(*arguments, **keywords))
    except (pb_utils.TritonModelException, TypeError) as e: print(type(e).__name__, e)
"""


def run(body):
    """A server whose worker has been asked to execute ``body``; the test answers its calls."""
    server = FakeServer(model(body + "\nreturn None", ATTEMPT))
    server.start()
    server.post_execute(Request([]))
    return server


def test_metrics_are_made_changed_read_and_deleted():
    body = """
family = pb_utils.MetricFamily(name="f", description="d", kind=pb_utils.MetricFamily.GAUGE)
metric = family.Metric(labels={"a": "1", "b": "2"})
metric.increment(1.5)
metric.set(-3)
print(metric.value())
del metric
del family
"""
    with run(body) as server:
        call = server.call(39)
        assert (call.text(), call.text(), call.take("B")) == ("f", "d", 1)
        server.reply(call, 65, "Q", 11)
        call = server.call(40)
        assert call.take("Q") == 11
        assert call.list_of(lambda: (call.text(), call.text())) == [("a", "1"), ("b", "2")]
        assert call.optional(call.text) is None
        server.reply(call, 65, "Q", 22)
        for expected in ((22, 0, 1.5), (22, 1, -3.0)):
            call = server.call(41)
            assert call.take("QBd") == expected
            server.reply(call, 60)
        call = server.call(42)
        assert call.take("Q") == 22
        server.reply(call, 66, "d", 2.5)
        for kind, number in ((43, 22), (44, 11)):
            call = server.call(kind)
            assert (call.call, call.take("Q")) == (0, number)
        server.executed()
        assert server.log() == "2.5\n"


def test_histogram_has_buckets():
    body = """
family = pb_utils.MetricFamily("h", "d", pb_utils.MetricFamily.HISTOGRAM)
attempt(family.Metric, labels={})
attempt(family.Metric, labels={}, buckets=(1, 2))
family.Metric(buckets=[0.5, 1]).observe(7)
"""
    with run(body) as server:
        server.reply(server.call(39), 65, "Q", 1)
        call = server.call(40)
        assert call.take("QI") == (1, 0)
        assert call.optional(lambda: call.list_of(lambda: call.take("d"))) == [0.5, 1.0]
        server.reply(call, 65, "Q", 2)
        call = server.call(41)
        assert call.take("QBd") == (2, 2, 7.0)
        server.reply(call, 60)
        server.executed()
        assert server.log().splitlines() == [
            "TritonModelException Failed to create metric. Missing required buckets.",
            "TritonModelException Failed to create metric. Buckets must be a list.",
        ]


def test_refusals_of_metrics():
    body = """
family = pb_utils.MetricFamily("c", "d", pb_utils.MetricFamily.COUNTER)
attempt(family.Metric, labels=[1])
attempt(family.Metric, labels={"a": 1})
attempt(family.Metric, labels={}, buckets=[1])
metric = family.Metric()
attempt(metric.set, 1)
del family
attempt(metric.increment, 1)
attempt(pb_utils.MetricFamily, "c", "d", 0)
attempt(pb_utils.MetricFamily, "c", "d", pb_utils.MetricFamily.GAUGE)
"""
    with run(body) as server:
        server.reply(server.call(39), 65, "Q", 1)
        server.reply(server.call(40), 65, "Q", 2)
        server.reply_error(server.call(41), 5, "TRITONSERVER_METRIC_KIND_COUNTER does not support Set")
        calls = [server.calls.next() for _ in range(2)]
        assert sorted(call.kind for call in calls) == [39, 44]
        family = next(call for call in calls if call.kind == 39)
        family.call = family.take("Q")
        server.reply_error(family, 6, "the kind differs")
        server.executed()
        lines = server.log().splitlines()
        assert lines[:4] == [
            "TritonModelException Failed to create metric. Labels must be a dictionary.",
            "TritonModelException Failed to create metric. Labels must map str to str, found <class 'str'> and "
            "<class 'int'>.",
            "TritonModelException Failed to create metric. Unexpected buckets found.",
            "TritonModelException Failed to set metric value: TRITONSERVER_METRIC_KIND_COUNTER does not support Set",
        ]
        assert lines[4].startswith(
            "TritonModelException Invalid metric operation as the corresponding 'MetricFamily' has been deleted. "
        )
        assert lines[5].startswith("TypeError MetricFamily: kind must be")
        assert lines[6] == "TritonModelException Error when creating MetricFamily: the kind differs"


def test_log_lines_carry_the_caller():
    body = """
L = pb_utils.Logger
L.log_verbose("v"); L.log_info("i"); L.log_warn("w"); L.log_error("e")
L.log("default"); L.log("level", L.ERROR); L.log(level=L.WARNING, message="ä")
attempt(L.log, "x", 1); attempt(L.log, "x", None); attempt(L.log, None); attempt(L.log_info, 5)
"""
    with run(body) as server:
        seen = []
        for _ in range(7):
            call = server.call(38)
            assert call.call == 0
            level, file, line, text = call.take("B"), call.text(), call.take("I"), call.text()
            assert file == f"{server.model}/1/model.py"
            seen.append((level, line, text))
        first = seen[0][1]
        expected = [(0, "v"), (1, "i"), (2, "w"), (3, "e"), (1, "default"), (3, "level"), (2, "ä")]
        assert seen == [(level, first + (i > 3), text) for i, (level, text) in enumerate(expected)]
        server.executed()
        assert [line.split()[0] for line in server.log().splitlines()] == 4 * ["TypeError"]


def test_models_are_loaded_unloaded_and_asked_for():
    body = """
pb_utils.load_model("a")
pb_utils.load_model(model_name="b", config="{}", files={"file:1/x": b"small", "file:1/y": b"z" * 9000})
pb_utils.unload_model("a"); pb_utils.unload_model(model_name="b", unload_dependents=True)
print(pb_utils.is_model_ready("a"), pb_utils.is_model_ready(model_name="b", model_version="2"))
"""
    with run(body) as server:
        call = server.call(45)
        assert (call.text(), call.text(), call.take("I")) == ("a", "", 0)
        server.reply(call, 60)
        offset, length = server.grant_extent()
        assert length == 9000
        call = server.call(45)
        assert (call.text(), call.text()) == ("b", "{}")
        files = call.list_of(lambda: (call.text(), call.location()))
        assert files == [("file:1/x", (b"small", None)), ("file:1/y", (b"z" * 9000, offset))]
        freed = server.call(31)
        assert freed.list_of(lambda: freed.take("Q")) == [offset]
        server.reply(call, 60)
        for name, dependents in (("a", 0), ("b", 1)):
            call = server.call(46)
            assert (call.text(), call.take("B")) == (name, dependents)
            server.reply(call, 60)
        for name, version, ready in (("a", "", 1), ("b", "2", 0)):
            call = server.call(47)
            assert (call.text(), call.text()) == (name, version)
            server.reply(call, 63, "B", ready)
        server.executed()
        assert server.log() == "True False\n"


@pytest.mark.parametrize(
    ("function", "kind", "prefix"),
    [
        ("load_model", 45, "Failed to load model: "),
        ("unload_model", 46, "Failed to unload model: "),
        ("is_model_ready", 47, "Failed to check model readiness: "),
    ],
)
def test_refusal_of_model_control_is_an_exception(function, kind, prefix):
    with run(f"attempt(pb_utils.{function}, 'a')\nattempt(pb_utils.{function}, None)") as server:
        server.reply_error(server.call(kind), 2, "not here")
        server.executed()
        first, second = server.log().splitlines()
        assert first == f"TritonModelException {prefix}not here"
        assert second.startswith(f"TypeError {function}: model_name must be a str")


def test_server_gone_in_the_middle_of_a_call_ends_the_worker():
    with run("pb_utils.load_model('a')") as server:
        server.call(45)
        server.process.stdin.close()
        assert server.process.wait(PATIENCE_SECONDS) == -9


def test_replies_closed_in_the_middle_of_a_call_are_an_exception():
    with run("attempt(pb_utils.load_model, 'a')\nattempt(pb_utils.load_model, 'b')") as server:
        server.call(45)
        server.close_replies()
        server.executed()
        assert server.log() == 2 * "ServerGone the server has ended\n"


def test_malformed_reply_is_an_exception_and_no_later_call_waits():
    body = "try: pb_utils.load_model('a')\nexcept Exception as e: print(e)\nattempt(pb_utils.load_model, 'b')"
    with run(body) as server:
        server.call(45)
        os.write(server.replies, b"\0\0\0\0")
        server.executed()
        assert server.log() == "a frame of 4 bytes\nServerGone the server has ended\n"
