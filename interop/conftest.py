"""Fixtures: one server for the tests that only ask, and a starter for those that need their own."""

import shutil

import pytest
import tritonclient.grpc
import tritonclient.http

import batching_models
import models
import rpc_models
from rpc import Rpc
from server import FOOD11_MODELS, LAUNCHER, Server

LOG_TAIL_LINES = 60
FEW_MODELS = ["identity_backend", "identity_fp32", "identity_int32", "repeat_int32", "slow", "square_int32"]
# A few long tests each: begun last, they would keep one process busy while the others have nothing left to do.
FEW_AND_LONG = {
    f"test_{what}.py"
    for what in ("control_plane", "embedded", "examples", "gourmetgram", "notebooks", "on_demand", "perf_analyzer", "python_bls",
                 "python_environments", "python_failures", "python_worker", "rolling_restart", "site", "tune", "wheel")
}  # fmt: skip
pytest_plugins = ["python_fixtures", "browser", "gourmetgram"]


def pytest_sessionstart(session):
    if not LAUNCHER.exists():
        raise pytest.UsageError(f"{LAUNCHER} is missing: run interop/run in a whole working tree")


def pytest_collection_modifyitems(items):
    """Puts files of few and long tests first, for several processes that take one file after another."""
    items.sort(key=lambda item: item.path.name not in FEW_AND_LONG)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Puts the end of the server's log beside a failure."""
    report = yield
    if report.failed:
        for name, value in getattr(item, "funcargs", {}).items():
            if isinstance(value, Server):
                tail = value.log_text().splitlines()[-LOG_TAIL_LINES:]
                report.sections.append((f"log of {name}", "\n".join(tail)))
    return report


@pytest.fixture(scope="session")
def test_models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    models.write_test_models(folder)
    return folder


@pytest.fixture(scope="session")
def few_models(tmp_path_factory, test_models):
    """Some of the test models: a server of a test's own starts with these in a third of the time."""
    folder = tmp_path_factory.mktemp("few")
    for name in FEW_MODELS:
        shutil.copytree(test_models / name, folder / name)
    return folder


@pytest.fixture(scope="session")
def failing_models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("failing")
    models.write_failing_models(folder)
    return folder


@pytest.fixture(scope="session")
def server(tmp_path_factory, test_models):
    """Serves the test models and the example food11; stopped at the end, which must be a clean one."""
    running = Server(tmp_path_factory.mktemp("log") / "server.log", [test_models, FOOD11_MODELS])
    try:
        yield running.wait_until()
        code = running.stop()
        assert code == 0, f"SIGTERM: exit code {code}\n{running.log_text()}"
        assert "LEAK:" not in running.log_text(), running.log_text()
    finally:
        running.kill()


@pytest.fixture
def start_server(tmp_path):
    """Starts servers of the test's own: start_server([repository...], flag...); none outlives the test."""
    started = []

    def start(repositories, *flags, **options):
        started.append(Server(tmp_path / f"server{len(started)}.log", repositories, *flags, **options))
        return started[-1]

    yield start
    for running in started:
        running.kill()


@pytest.fixture(scope="module")
def start_module_server(tmp_path_factory):
    """Starts servers that the tests of a module share; each must end with code 0."""
    started = []

    def start(repositories, *flags, **options):
        log = tmp_path_factory.mktemp("log") / "server.log"
        started.append(Server(log, repositories, *flags, **options))
        return started[-1].wait_until()

    yield start
    try:
        for running in started:
            code = running.stop()
            assert code == 0, f"SIGTERM: exit code {code}\n{running.log_text()}"
            assert "LEAK:" not in running.log_text(), running.log_text()
    finally:
        for running in started:
            running.kill()


@pytest.fixture(scope="module")
def delayed(start_module_server, tmp_path_factory):
    """Forms the first batch of each model only when batching_models.FIRST requests are queued."""
    folder = tmp_path_factory.mktemp("delayed")
    batching_models.write_delayed_models(folder)
    return start_module_server([folder], environment={"TRITONSERVER_DELAY_SCHEDULER": str(batching_models.FIRST)})


@pytest.fixture(scope="session")
def rpc_models_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rpc")
    rpc_models.write_rpc_models(folder)
    return folder


@pytest.fixture(scope="module")
def memory_server(start_module_server, test_models):
    """Lets clients share memory."""
    return start_module_server([test_models], "--allow-client-shm=true")


@pytest.fixture(scope="module")
def rpc_server(start_module_server, rpc_models_folder):
    """Serves models that are busy for known times, and models with any number of responses."""
    return start_module_server([rpc_models_folder])


@pytest.fixture
def client(server):
    with tritonclient.http.InferenceServerClient(server.url) as connected:
        yield connected


@pytest.fixture
def grpc_client(server):
    with tritonclient.grpc.InferenceServerClient(server.grpc_url) as connected:
        yield connected


@pytest.fixture
def rpc(server):
    with Rpc(server.grpc_url) as connected:
        yield connected


@pytest.fixture
def port(server):
    return server.port
