"""Fixtures of the Python contract suite: each test runs against ours and, where there is one, a real Triton."""

import itertools

import pytest

import python_server
from python_server import KINDS, PythonRepository


def pytest_configure(config):
    config.addinivalue_line("markers", "only_ours(reason): a row that Triton 2.51 lacks or gets wrong; the facts hold")


@pytest.fixture(scope="session", params=KINDS)
def kind(request):
    """Which server: ours or triton."""
    return request.param


@pytest.fixture(scope="module")
def numbered():
    """Numbers for the names of models that a module loads."""
    return itertools.count()


@pytest.fixture(autouse=True)
def skip_what_triton_lacks(request):
    mark = request.node.get_closest_marker("only_ours")
    callspec = getattr(request.node, "callspec", None)
    if mark and callspec and callspec.params.get("kind") == "triton":
        pytest.skip(f"not in Triton 2.51: {mark.args[0]}")


@pytest.fixture(scope="module")
def start_python(kind, tmp_path_factory):
    """Starts servers that a module shares: start_python(repository, flag...); ours must end with code 0."""
    started = []

    def start(repository, *flags, **options):
        log = tmp_path_factory.mktemp("log") / "server.log"
        folder = repository.folder if isinstance(repository, PythonRepository) else repository
        started.append(python_server.start(kind, log, folder, *flags, **options))
        return started[-1]

    yield start
    for server in started:
        try:
            code = server.stop()
            assert code == 0, f"SIGTERM: exit code {code}\n{server.log_text()}"
        finally:
            server.kill()


@pytest.fixture(scope="session")
def scripted(kind, tmp_path_factory):
    """The scripted models, for tests that only ask them; `scripted_twice` has two instances and can call itself."""
    repository = PythonRepository(tmp_path_factory.mktemp("scripted"))
    decoupled = python_server.DECOUPLED
    repository.add("identity")
    repository.add("scripted")
    repository.add("scripted", "scripted_twice", change=[("count: 1", "count: 2")])
    repository.add("scripted", "scripted_decoupled", extra=decoupled)
    repository.add("scripted_async")
    repository.add("scripted_async", "scripted_async_decoupled", extra=decoupled)
    server = python_server.start(kind, tmp_path_factory.mktemp("log") / "server.log", repository.folder)
    try:
        yield server
        code = server.stop()
        assert code == 0, f"SIGTERM: exit code {code}\n{server.log_text()}"
    finally:
        server.kill()


@pytest.fixture(scope="module")
def python_repository(tmp_path_factory):
    return PythonRepository(tmp_path_factory.mktemp("python"))


@pytest.fixture(scope="module")
def loading(python_repository, start_python):
    """A server to which the tests of a module load models of their own, by name."""
    return start_python(python_repository, "--model-control-mode=explicit")
