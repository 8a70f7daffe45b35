"""Workers that die, hang or loop, a server that dies, and what is left behind: nothing."""

import concurrent.futures
import json
import os
import re
import signal
import threading
import time

import numpy as np
import pytest
from tritonclient.utils import InferenceServerException

import wire
from processes import children, command_line, descriptors, is_alive, memory_map, resident_bytes
from python_client import ask, failure, http, http_inputs, infer, load, model_is_ready, source_array, unload
from python_server import PythonRepository, until, workers
from server import JAVA_OPTIONS

INSTANCE = "Stub process '{}' is not healthy."


@pytest.fixture
def loaded(python_repository, loading, numbered):
    def add(**options):
        name = f"m{next(numbered)}"
        python_repository.add("scripted", name, **options)
        error = load(loading, name)
        assert error is None, error
        return name

    return add


def ended(server, model, source):
    """The text that a request gets whose worker ends in this way."""
    return failure(server, model, {"SOURCE": source_array(source)})


@pytest.mark.parametrize(
    "death",
    ["os.kill(os.getpid(), 9)", "os.kill(os.getpid(), 11)", "os._exit(3)", "import ctypes\nctypes.string_at(0)"],
)
def test_a_request_whose_worker_dies_says_so(loaded, loading, death):
    name = loaded()
    assert INSTANCE.format(f"{name}_0_0") in ended(loading, name, death)


@pytest.mark.only_ours("no more is said, and the model stays dead")
@pytest.mark.parametrize(
    ("death", "words"),
    [
        ("os.kill(os.getpid(), 9)", "9|KILL"),
        ("os.kill(os.getpid(), 11)", "11|SEGV"),
        ("print('last words')\nsys.stdout.flush()\nos._exit(3)", "3(.|\n)*last words"),
        ("import ctypes\nctypes.string_at(0)", "(11|SEGV)(.|\n)*<source>"),
    ],
)
def test_the_death_is_explained_and_another_worker_comes(loaded, loading, death, words):
    name = loaded()
    text = ended(loading, name, death)
    assert text.startswith(INSTANCE.format(f"{name}_0_0")), text
    assert re.search(words, text[len(INSTANCE) :]), text
    until(lambda: model_is_ready(loading, name), what="another worker")
    assert ask(loading, name, "answer = 1") == 1


@pytest.mark.only_ours("the model stays dead")
def test_a_worker_that_dies_idle_is_replaced(loaded, loading):
    name = loaded()
    pid = ask(loading, name, "answer = os.getpid()")
    os.kill(pid, signal.SIGKILL)

    def another():
        try:
            return ask(loading, name, "answer = os.getpid()") != pid
        except InferenceServerException as error:
            assert "is not healthy" in error.message() or "not ready" in error.message(), error
            return False

    until(another, what="another worker")
    assert not os.path.exists(f"/proc/{pid}")


@pytest.mark.only_ours("later requests fail too")
def test_only_the_requests_of_the_dead_worker_fail(loaded, loading, tmp_path_factory):
    name = loaded(change=[("count: 1", "count: 2")])
    begun, killed = tmp_path_factory.mktemp("begun"), tmp_path_factory.mktemp("killed") / "one"
    source = f"""
        open(f"{begun}/{{os.getpid()}}", "w").close()
        while not os.path.exists("{killed}"):
            time.sleep(0.01)
        answer = os.getpid()
    """
    answers, errors = [], []
    with http(loading, concurrency=8) as client:
        calls = [client.async_infer(name, http_inputs({"SOURCE": source_array(source)})) for _ in range(6)]
        running = until(lambda: len(found := os.listdir(begun)) == 2 and found, what="two executions")
        victim = int(running[0])
        os.kill(victim, signal.SIGKILL)
        killed.touch()
        for call in calls:
            try:
                answers.append(json.loads(call.get_result().as_numpy("ANSWER")[0]))
            except InferenceServerException as error:
                errors.append(error.message())
    assert len(errors) == 1 and "is not healthy" in errors[0], errors
    assert victim not in answers and len(answers) == 5


@pytest.mark.only_ours("nothing is relaunched")
def test_a_crash_loop_is_a_state_with_a_reason(loaded, loading):
    name = loaded()

    def reason():
        """What the index says, once another death was provoked."""
        try:
            ask(loading, name, "os._exit(3)")
        except InferenceServerException:
            pass
        entry = next(model for model in index(loading) if model["name"] == name)
        return "60 s" in entry.get("reason", "") and not model_is_ready(loading, name) and entry["reason"]

    assert "exit code 3" in until(reason, seconds=60, what="the reason of a model that is not ready")
    unload(loading, name)


def index(server):
    with http(server) as client:
        return client.get_model_repository_index()


@pytest.mark.only_ours("nothing is relaunched, nothing is counted")
def test_replaced_workers_are_counted(loaded, loading):
    name = loaded()
    ended(loading, name, "os._exit(3)")

    def counted():
        lines = wire.get(loading.metrics_port, "/metrics").text.splitlines()
        replaced = [line for line in lines if re.match(r"nereid_\w*(restarts|replaced)_total\{", line)]
        return sum(float(line.split()[-1]) for line in replaced if f'model="{name}"' in line)

    # The request is answered before anything is replaced.
    until(lambda: counted() >= 1, what="a worker that was replaced")


# Hanging


@pytest.mark.only_ours("stub-timeout-seconds is parsed and never used; execute_timeout_ms is this server's own")
def test_an_execution_over_its_time_is_answered_and_the_worker_replaced(loaded, loading):
    name = loaded(execute_timeout_ms="5000")
    pid = ask(loading, name, "answer = os.getpid()")
    begin = time.monotonic()
    text = ended(loading, name, "time.sleep(60)")
    assert time.monotonic() - begin < 40
    assert "5000" in text and "execute_timeout_ms" in text, text
    until(lambda: model_is_ready(loading, name))
    assert ask(loading, name, "answer = os.getpid()") != pid


@pytest.mark.only_ours("an unload waits for finalize without a limit")
def test_a_finalize_that_hangs_ends(start_python, tmp_path_factory):
    repository = PythonRepository(tmp_path_factory.mktemp("hangs"))
    repository.add("scripted", finalize="time.sleep(600)")
    limited = ["--model-control-mode=explicit", "--load-model=scripted", "--backend-config=python,stub-timeout-seconds=1"]
    server = start_python(repository, *limited)
    pid = ask(server, "scripted", "answer = os.getpid()")
    unload(server, "scripted")
    until(lambda: not os.path.exists(f"/proc/{pid}"), seconds=60, what="the end of the worker")


@pytest.mark.only_ours("the signals are ignored by its processes, too: only the unload differs")
def test_a_worker_ignores_what_the_terminal_sends(loaded, loading):
    name = loaded()
    pid = ask(loading, name, "answer = os.getpid()")
    for number in (signal.SIGINT, signal.SIGTERM):
        os.kill(pid, number)
    assert ask(loading, name, "answer = os.getpid()") == pid


# Nothing is left


def test_workers_end_with_a_server_that_is_killed(start_python, tmp_path_factory):
    repository = PythonRepository(tmp_path_factory.mktemp("orphans"))
    repository.add("scripted", change=[("count: 1", "count: 2")])
    server = start_python(repository)
    busy = {"SOURCE": source_array("while True: pass")}
    threading.Thread(target=lambda: swallow(infer, server, "scripted", busy), daemon=True).start()
    found = until(lambda: workers(server))
    os.kill(server.pid, signal.SIGKILL)
    until(lambda: not any(is_alive(pid) for pid in found), seconds=30, what="the end of the workers")
    server.stop = lambda *_: 0


def swallow(function, *arguments):
    try:
        function(*arguments)
    except Exception:
        return


def temporary_files_in(folder):
    """The variables of a server whose temporary files, and those of its workers, lie in this folder."""
    options = f"{JAVA_OPTIONS['NEREID_JAVA_OPTS']} -Djava.io.tmpdir={folder}"
    return {"TMPDIR": str(folder), "NEREID_JAVA_OPTS": options}


def shared_files(server):
    """The files in /dev/shm that the server and its workers have mapped and that have a name there."""
    mapped = set()
    for pid in (server.pid, *workers(server)):
        mapped.update(re.findall("/dev/shm/.*", memory_map(pid)))
    return {path for path in mapped if os.path.exists(path)}


@pytest.mark.only_ours("its regions in /dev/shm stay when it is killed")
@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_no_file_and_no_process_is_left(start_python, tmp_path_factory, end):
    temporary = tmp_path_factory.mktemp("temporary")
    # What a server left that was killed: Linux gives no process that number.
    container = re.sub("[^0-9]", "", os.readlink("/proc/self/ns/pid"))
    left = temporary / f"nereid-override-{container}.4194304-1"
    (left / "model").mkdir(parents=True)
    repository = PythonRepository(tmp_path_factory.mktemp("clean"))
    repository.add("scripted")
    server = start_python(repository, environment=temporary_files_in(temporary))
    infer(server, "scripted", {"SOURCE": source_array("answer = 1"), "INPUT0": np.zeros(1_000_000, np.float32)})
    found, shared = workers(server), shared_files(server)
    until(lambda: not left.exists(), what="the end of what another server left")
    os.kill(server.pid, end)
    until(lambda: not any(is_alive(pid) for pid in found), what="the end of the workers")
    server.wait_for_exit()
    server.stop = lambda *_: 0
    assert os.listdir(temporary) == []
    assert not any(os.path.exists(path) for path in shared)


@pytest.mark.only_ours("a second per load and unload is its health probe's")
def test_loading_and_unloading_leave_nothing_in_the_server(loaded, loading, python_repository):
    name = loaded()
    for _ in range(3):
        unload(loading, name)
        until(lambda: not any(name in command_line(pid) for pid in workers(loading)))
        assert load(loading, name) is None
    files, processes = descriptors(loading.pid), len(children(loading.pid))
    for _ in range(10):
        unload(loading, name)
        until(lambda: not any(name in command_line(pid) for pid in workers(loading)))
        assert load(loading, name) is None
        assert ask(loading, name, "answer = 1") == 1
    until(
        lambda: descriptors(loading.pid) <= files + 3 and len(children(loading.pid)) <= processes,
        what="the end of what was opened",
    )


@pytest.mark.only_ours("a load takes a second and more, an unload at least one")
def test_a_model_comes_and_goes_again_and_again(python_repository, loading):
    """How long each takes is measured by the benchmarks."""
    python_repository.add("identity", "quick")
    for _ in range(5):
        assert load(loading, "quick") is None
        assert any("quick" in command_line(pid) for pid in workers(loading))
        unload(loading, "quick")
        until(lambda: not any("quick" in command_line(pid) for pid in workers(loading)))


# The storm

SECONDS = float(os.environ.get("STORM_SECONDS", "10"))
CLIENTS = 8
INSTANCES = 4
EVERY_SECONDS = 0.3


class Storm:
    """What the clients of a storm saw."""

    def __init__(self, server, seconds):
        self.server = server
        self.until = time.monotonic() + seconds
        self.right = 0
        self.died = []
        self.refused = []
        self.wrong = []
        self.killed = []
        self.lock = threading.Lock()

    def client(self, number):
        with http(self.server) as client:
            count = 0
            while time.monotonic() < self.until:
                count += 1
                value = number * 1_000_000 + count
                self.once(client, value)

    def once(self, client, value):
        array = np.full(2000, value, np.float32)
        try:
            result = client.infer(
                "worker_of_storm", http_inputs({"INPUT0": array, "ENDS": np.array([b""], dtype=object)})
            )
            right = (result.as_numpy("OUTPUT0") == array).all()
            with self.lock:
                self.right += int(right)
                if not right:
                    self.wrong.append(f"another's answer to {value}")
        except InferenceServerException as error:
            self.note(error.message())

    def note(self, text):
        """An error is right when it names an instance that was killed, or while all of them were before they had started."""
        found = re.match(r"Stub process '(worker_of_storm_\d_\d)' is not healthy\.", text)
        none = text.startswith("no instance of the model is running; one is started again in ")
        with self.lock:
            (self.died if found else self.refused if none else self.wrong).append(found[1] if found else text)

    def killer(self):
        ways = [self.signal_9, self.signal_11, self.exits]
        turn = 0
        while time.monotonic() < self.until:
            time.sleep(EVERY_SECONDS)
            ways[turn % len(ways)]()
            turn += 1

    def signal_9(self):
        self.kill(signal.SIGKILL)

    def signal_11(self):
        self.kill(signal.SIGSEGV)

    def kill(self, number):
        found = workers(self.server)
        if found:
            victim = found[len(self.killed) % len(found)]
            try:
                os.kill(victim, number)
                self.killed.append(victim)
            except ProcessLookupError:
                return

    def exits(self):
        with http(self.server) as client:
            try:
                client.infer("worker_of_storm", http_inputs({"INPUT0": np.zeros(1, np.float32),
                                                             "ENDS": np.array([b"exit"], dtype=object)}))  # fmt: skip
                self.wrong.append("a worker that ends answered")
            except InferenceServerException as error:
                self.note(error.message())
        self.killed.append("exit")


@pytest.mark.only_ours("nothing is relaunched")
def test_a_storm_of_deaths(start_python, tmp_path_factory):
    """8 clients, four instances, a worker killed every 300 ms: every request is answered, right or by the death of its
    own worker; at the end everything is as it was. STORM_SECONDS=120 for the long one."""
    repository = PythonRepository(tmp_path_factory.mktemp("storm"))
    repository.add("worker_of_storm")
    temporary = tmp_path_factory.mktemp("temporary")
    server = start_python(repository, environment=temporary_files_in(temporary))
    warm = Storm(server, 2)
    warm.client(0)
    assert not warm.wrong and not warm.died and not warm.refused
    before = settled(server, temporary)
    storm = Storm(server, SECONDS)
    with concurrent.futures.ThreadPoolExecutor(CLIENTS + 1) as pool:
        clients = [pool.submit(storm.client, number) for number in range(CLIENTS)]
        pool.submit(storm.killer).result()
        for client in clients:
            client.result(timeout=120)
    ends = f"{len(storm.killed)} killed, {len(storm.died)} died with their worker, {len(storm.refused)} refused"
    print(f"{storm.right} right, {ends}, wrong: {storm.wrong[:5]}")
    assert not storm.wrong
    assert storm.right > CLIENTS and len(storm.killed) > INSTANCES
    # Each death fails one request at most: an instance runs one at a time.
    assert len(storm.died) <= len(storm.killed)
    until(lambda: not any(is_alive(pid) for pid in storm.killed), what="the end of who was killed last")
    after = settled(server, temporary)
    assert after["workers"] == before["workers"] == INSTANCES
    until(lambda: descriptors(server.pid) <= before["descriptors"] + 4, what="the descriptors of workers that are gone")
    assert after["files"] <= before["files"]
    assert after["zombies"] == 0
    assert after["resident"] < before["resident"] + (128 << 20), (before, after)


def settled(server, temporary):
    """What the server has when four workers run."""
    until(lambda: len(workers(server)) == INSTANCES, seconds=60, what="four workers")
    ask_all(server)
    found = {"workers": len(workers(server)), "files": {*os.listdir(temporary), *shared_files(server)}}
    until(lambda: not any(not is_alive(pid) for pid in children(server.pid)), what="the end of zombies")
    found["zombies"] = sum(not is_alive(pid) for pid in children(server.pid))
    found["descriptors"] = descriptors(server.pid)
    found["resident"] = resident_bytes(server.pid)
    return found


def ask_all(server):
    """All is as it was before anybody was killed."""
    storm = Storm(server, 0)
    with http(server) as client:
        for value in range(100):
            storm.once(client, value)
    assert storm.right == 100, (storm.wrong, storm.died, storm.refused)
