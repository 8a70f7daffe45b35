"""Custom metrics: families and series that a model makes, on the metrics port."""

import prometheus_client.parser
import pytest

import wire
from python_client import ask, load, raised, unload, value
from python_server import PythonRepository, until


@pytest.fixture(scope="module")
def measured(start_python, tmp_path_factory):
    repository = PythonRepository(tmp_path_factory.mktemp("measured"))
    repository.add("scripted")
    repository.add("scripted", "leaves", initialize=(
        "f = pb_utils.MetricFamily(name='leaves_total', description='d', kind=pb_utils.MetricFamily.COUNTER)\n"
        "model.kept['m'] = f.Metric(labels={'a': 'b'})\nmodel.kept['f'] = f\nmodel.kept['m'].increment(2)\n"
    ))  # fmt: skip
    return start_python(repository, "--model-control-mode=explicit", "--load-model=scripted")


FAMILY = """
def family(name, kind=pb_utils.MetricFamily.COUNTER, description="of a test"):
    return model.kept.setdefault(("family", name, str(kind)),
                                 pb_utils.MetricFamily(name=name, description=description, kind=kind))
"""


@pytest.fixture
def run(measured):
    """Runs source with `family(name, kind)`, which keeps what it makes."""
    return lambda source: ask(measured, "scripted", FAMILY + source)


def families(server):
    text = wire.get(server.metrics_port, "/metrics").text
    return {family.name: family for family in prometheus_client.parser.text_string_to_metric_families(text)}


def samples(server, name):
    """{labels as sorted pairs: value} of the samples of this name."""
    return {
        tuple(sorted(sample.labels.items())): sample.value
        for family in families(server).values()
        for sample in family.samples
        if sample.name == name
    }


def test_a_counter(measured, run):
    source = """
m = model.kept["counter"] = family("test_counter_total").Metric(labels={"model": "x"})
m.increment(2); m.increment(0.5)
answer = m.value()
"""
    assert run(source) == 2.5
    assert samples(measured, "test_counter_total") == {(("model", "x"),): 2.5}
    assert families(measured)["test_counter"].type == "counter"
    assert families(measured)["test_counter"].documentation == "of a test"


def test_a_gauge(measured, run):
    source = """
m = model.kept["gauge"] = family("test_gauge", pb_utils.MetricFamily.GAUGE).Metric()
m.set(5); m.increment(-1.5)
answer = m.value()
"""
    assert run(source) == 3.5
    assert samples(measured, "test_gauge") == {(): 3.5}


def test_a_histogram(measured, run):
    source = """
m = model.kept["h"] = family("test_histogram", pb_utils.MetricFamily.HISTOGRAM).Metric(buckets=[0.1, 1.0, 10.0])
for v in (0.05, 0.5, 0.6, 100):
    m.observe(v)
answer = None
"""
    run(source)
    buckets = {dict(labels)["le"]: count for labels, count in samples(measured, "test_histogram_bucket").items()}
    assert {float(le): count for le, count in buckets.items()} == {0.1: 1, 1.0: 3, 10.0: 3, float("inf"): 4}
    assert samples(measured, "test_histogram_count") == {(): 4}
    assert samples(measured, "test_histogram_sum") == {(): pytest.approx(101.15)}


def test_the_same_name_and_kind_is_the_same_family(measured, run):
    source = """
first = pb_utils.MetricFamily(name="test_twice_total", description="first", kind=pb_utils.MetricFamily.COUNTER)
second = pb_utils.MetricFamily(name="test_twice_total", description="second", kind=pb_utils.MetricFamily.COUNTER)
a, b = first.Metric(labels={"a": "1"}), second.Metric(labels={"a": "1"})
a.increment(1); b.increment(2)
model.kept["twice"] = [first, second, a, b]
answer = [a.value(), b.value()]
"""
    assert run(source) == [3, 3]
    assert families(measured)["test_twice"].documentation == "first"


def test_other_labels_are_another_series(measured, run):
    source = """
f = family("test_series_total")
a, b = f.Metric(labels={"a": "1"}), f.Metric(labels={"a": "2", "b": "1"})
a.increment(1); b.increment(2)
model.kept["series"] = [a, b]
answer = None
"""
    run(source)
    assert samples(measured, "test_series_total") == {(("a", "1"),): 1, (("a", "2"), ("b", "1")): 2}


@pytest.mark.only_ours("a series stays as long as its family")
def test_a_deleted_series_goes(measured, run):
    source = """
f = pb_utils.MetricFamily(name="test_gone_total", description="d", kind=pb_utils.MetricFamily.COUNTER)
a, b = f.Metric(labels={"a": "1"}), f.Metric(labels={"a": "2"})
a.increment(1); b.increment(1)
del a
model.kept["gone"] = [f, b]
answer = None
"""
    run(source)
    until(lambda: samples(measured, "test_gone_total") == {(("a", "2"),): 1}, what="the end of the series")


def test_a_deleted_family_goes(measured, run):
    source = """
f = pb_utils.MetricFamily(name="test_lost_total", description="d", kind=pb_utils.MetricFamily.COUNTER)
m = f.Metric(labels={"a": "1"})
m.increment(1)
model.kept["lost"] = [f, m]
answer = None
"""
    run(source)
    assert samples(measured, "test_lost_total") == {(("a", "1"),): 1}
    run("model.kept.pop('lost').clear()\nimport gc; gc.collect()\nanswer = None")
    until(lambda: "test_lost" not in families(measured), what="the end of the family")


@pytest.mark.only_ours("the series stay after the unload")
def test_series_go_with_their_model(measured):
    assert load(measured, "leaves") is None
    assert samples(measured, "leaves_total") == {(("a", "b"),): 2}
    unload(measured, "leaves")
    until(lambda: "leaves" not in families(measured), what="the end of the series")


COUNTER, GAUGE, HISTOGRAM = (f"pb_utils.MetricFamily.{kind}" for kind in ("COUNTER", "GAUGE", "HISTOGRAM"))


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (f"family('wrong_a_total', {COUNTER}).Metric(labels=[1])",
         "Failed to create metric. Labels must be a dictionary."),
        (f"family('wrong_b', {HISTOGRAM}).Metric(buckets=5)", "Buckets must be a list."),
        (f"family('wrong_c_total', {COUNTER}).Metric(buckets=[1.0])", "Unexpected buckets found."),
        (f"family('wrong_d', {HISTOGRAM}).Metric()", "Missing required buckets."),
        (f"family('wrong_e_total', {COUNTER}).Metric().set(1)",
         "TRITONSERVER_METRIC_KIND_COUNTER does not support Set"),
        (f"family('wrong_f_total', {COUNTER}).Metric().increment(-1)", ""),
        (f"family('wrong_g_total', {COUNTER}).Metric().observe(1)", ""),
        (f"family('wrong_h', {GAUGE}).Metric().observe(1)", ""),
        (f"family('wrong_i', {HISTOGRAM}).Metric(buckets=[1.0]).increment(1)", ""),
        (f"family('wrong_j', {HISTOGRAM}).Metric(buckets=[1.0]).set(1)", ""),
        (f"family('wrong_k', {HISTOGRAM}).Metric(buckets=[2.0, 1.0])", ""),
        (f"family('wrong_l', {HISTOGRAM}).Metric(buckets=[1.0, 1.0])", ""),
        (f"family('wrong_m', {COUNTER})\nfamily('wrong_m', {GAUGE})", ""),
    ],
    ids=lambda value: None,
)  # fmt: skip
@pytest.mark.only_ours("a refused call may end the whole server")
def test_what_is_refused(measured, source, text):
    exception, message = raised(measured, "scripted", FAMILY + source)
    assert exception == "TritonModelException" and text in message, message


def test_no_buckets_are_allowed(run):
    source = f"""
m = model.kept["none"] = family("test_no_buckets", {HISTOGRAM}).Metric(buckets=[])
m.observe(1)
answer = "observed"
"""
    assert run(source) == "observed"


def test_a_metric_of_a_deleted_family_says_so(measured):
    source = """
f = pb_utils.MetricFamily(name="test_orphan_total", description="d", kind=pb_utils.MetricFamily.COUNTER)
m = f.Metric()
del f
import gc; gc.collect()
m.increment(1)
"""
    kind, text = raised(measured, "scripted", source)
    assert kind == "TritonModelException"
    assert "Invalid metric operation as the corresponding 'MetricFamily' has been deleted." in text


@pytest.mark.only_ours("they would be mixed with the server's")
def test_a_name_of_the_servers_own_is_refused(measured):
    source = """
f = pb_utils.MetricFamily(name="nv_inference_request_success", description="d", kind=pb_utils.MetricFamily.COUNTER)
f.Metric(labels={"model": "x"}).increment(1)
"""
    assert raised(measured, "scripted", source)[0] == "TritonModelException"


def test_kinds_are_of_the_module(measured):
    assert value(measured, "scripted", f"len({{{COUNTER}, {GAUGE}, {HISTOGRAM}}})") == 3
