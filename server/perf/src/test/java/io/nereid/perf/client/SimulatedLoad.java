package io.nereid.perf.client;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** A dispatcher's senders and their server in simulated time: every moment at which something happens comes at once. */
final class SimulatedLoad implements LongSupplier {
    private static final long NEVER = Long.MAX_VALUE;

    final Recorder recorder = new Recorder();
    final List<Integer> requests = new ArrayList<>();
    final List<Client> clients = new ArrayList<>();
    int underWay;
    int mostUnderWay;
    int canceled;
    private final Server server;
    private final Supplier<ClientRequests> requestsOfClients;
    private long nanos;

    /** What the server does with each request. */
    @FunctionalInterface
    interface Server {
        /** How long the request of that number, from 0, takes; null for ever. */
        @Nullable
        Long nanosOf(int request);

        /** How it ends; null for a good answer. */
        default @Nullable Failure failureOf(int request) {
            return null;
        }
    }

    /** Ends all requests so, after that time. */
    record Failing(long nanos, Failure failure) implements Server {
        @Override
        public Long nanosOf(int request) {
            return nanos;
        }

        @Override
        public Failure failureOf(int request) {
            return failure;
        }
    }

    /** Its requests are their numbers. */
    SimulatedLoad(Server server) {
        this(server, () -> turn -> ByteBuffer.allocate(Integer.BYTES).putInt(0, turn));
    }

    /** Each request begins with its number. */
    SimulatedLoad(Server server, Supplier<ClientRequests> requestsOfClients) {
        this.server = server;
        this.requestsOfClients = requestsOfClients;
    }

    /** One that sends to the simulated server. */
    final class Client extends Sender {
        Client(ClientRequests requests) {
            super(requests);
        }

        private final List<Integer> sent = new ArrayList<>();
        private long endsAtNanos = NEVER;
        private @Nullable Failure failure;

        @Override
        protected void send(ByteBuffer bytes) {
            int request = bytes.getInt(0);
            int number = SimulatedLoad.this.requests.size();
            SimulatedLoad.this.requests.add(request);
            sent.add(request);
            Long takes = server.nanosOf(number);
            endsAtNanos = takes == null ? NEVER : nanos + takes;
            failure = server.failureOf(number);
            mostUnderWay = Math.max(mostUnderWay, ++underWay);
        }

        @Override
        protected void cancel() {
            endsAtNanos = NEVER;
            underWay--;
            canceled++;
        }

        @Override
        protected void close() {
            endsAtNanos = NEVER;
        }

        List<Integer> sent() {
            return sent;
        }
    }

    @Override
    public long getAsLong() {
        return nanos;
    }

    Client open() {
        Client client = new Client(requestsOfClients.get());
        clients.add(client);
        return client;
    }

    /** Lets the dispatcher work until it is over, or to that moment, when it is told to stop; what it saw. */
    Sample run(Dispatcher dispatcher, long untilNanos) {
        dispatcher.start(0);
        boolean stopped = false;
        while (!dispatcher.isOver()) {
            dispatcher.advance();
            if (dispatcher.isOver()) {
                break;
            }
            Client next = clients.stream().min(Comparator.comparingLong(client -> client.endsAtNanos)).orElse(null);
            long answerNanos = next == null ? NEVER : next.endsAtNanos;
            long idle = dispatcher.idleNanos();
            long moment = Math.min(answerNanos, idle == NEVER ? NEVER : nanos + idle);
            if (!stopped && moment >= untilNanos) {
                nanos = untilNanos;
                stopped = true;
                dispatcher.stop(NEVER);
                continue;
            }
            nanos = moment;
            if (next != null && answerNanos == moment) {
                end(dispatcher, next);
            }
        }
        return recorder.take();
    }

    private void end(Dispatcher dispatcher, Client client) {
        client.endsAtNanos = NEVER;
        underWay--;
        Failure failure = client.failure;
        if (failure == null) {
            dispatcher.answered(client, 1);
        } else {
            dispatcher.failed(client, failure);
        }
    }
}
