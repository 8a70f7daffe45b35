package io.nereid.bench.load.client;

import java.util.List;

/**
 * What clients saw that each sent the next request when the last was answered.
 *
 * @param clients one entry each
 * @param seconds how long they sent
 */
public record ClosedLoopReport(List<Client> clients, double seconds) {
    public ClosedLoopReport {
        clients = List.copyOf(clients);
    }

    /**
     * One of them.
     *
     * @param latencies of the answers with status 200
     * @param errors other answers, and connections that broke
     */
    public record Client(Latencies latencies, long errors) {}

    /** Good answers per second, of all clients. */
    public double perSecond() {
        return clients.stream().mapToLong(client -> client.latencies.count()).sum() / seconds;
    }

    /** Of all clients' good answers. */
    public Latencies latencies() {
        return Latencies.merged(clients.stream().map(Client::latencies));
    }

    public long errors() {
        return clients.stream().mapToLong(Client::errors).sum();
    }

    /** Good answers of the client that got fewest. */
    public int fewest() {
        return clients.stream().mapToInt(client -> client.latencies.count()).min().orElse(0);
    }

    /** Good answers of the client that got most. */
    public int most() {
        return clients.stream().mapToInt(client -> client.latencies.count()).max().orElse(0);
    }

    /** The fewest answers of a client divided by the most: 1 is as fair as can be, 0 is a client without an answer. */
    public double fairness() {
        return most() == 0 ? 0 : (double) fewest() / most();
    }
}
