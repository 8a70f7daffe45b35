"""Two servers are restarted in turns under load, over and over: no request is lost."""

import balanced_clients
from batching_models import BatchingRepository, delay
from server import Server

RESTARTS = 10
CLIENTS = 3
GRACE = "--drain-grace-secs=1"


def test_ten_restarts_under_load_lose_nothing(tmp_path):
    repository = BatchingRepository(tmp_path / "models")
    repository.identity(balanced_clients.MODEL, delay(10))
    started = []

    def start():
        server = Server(tmp_path / f"server{len(started)}.log", [repository.folder], GRACE)
        started.append(server)
        return server

    with balanced_clients.Endpoints() as endpoints:
        clients = [balanced_clients.HttpClient(endpoints, i) for i in range(CLIENTS)]
        clients += [balanced_clients.GrpcClient(endpoints, i) for i in range(CLIENTS)]
        try:
            endpoints.servers = [start().wait_until(), start().wait_until()]
            endpoints.wait_for(*endpoints.servers)
            for client in clients:
                client.start()
            for _ in range(RESTARTS):
                restart_the_older(endpoints, start)
        finally:
            for client in clients:
                client.ended.set()
            for client in clients:
                if client.ident is not None:
                    client.join()
            for server in started:
                server.kill()
    for client in clients:
        assert client.counts.failures == [], client.counts
        assert client.counts.answered > 10 * RESTARTS, client.counts
    for server in started:
        assert "LEAK:" not in server.log_text()
    print([(type(client).__name__, client.counts.answered, client.counts.retried) for client in clients])


def restart_the_older(endpoints, start):
    old, other = endpoints.servers
    assert old.stop() == 0, old.log_text()
    fresh = start().wait_until()
    endpoints.servers = [other, fresh]
    endpoints.wait_for(other, fresh)
