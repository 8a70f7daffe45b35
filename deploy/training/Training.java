import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Sends a server every kind of traffic there is, one after the other and then once more, so that the profiles which go
 * into the AOT cache know all of it. Fails at the first answer that is not what was expected.
 *
 * <pre>Training HTTP-PORT GRPC-PORT METRICS-PORT SECONDS</pre>
 */
public final class Training {
    private static final int ROUNDS = 2;
    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    /** One client at work: asks and takes the answer. */
    interface Client extends AutoCloseable {
        void turn() throws Exception;

        @Override
        default void close() {}
    }

    /**
     * One kind of traffic.
     *
     * @param share of the time
     * @param clients at the same time
     */
    record Kind(String name, int share, int clients, Callable<Client> client) {}

    private Training() {}

    public static void main(String[] arguments) throws Exception {
        int seconds = Integer.parseInt(arguments[3]);
        try (GrpcTraffic grpc = new GrpcTraffic(Integer.parseInt(arguments[1]))) {
            List<Kind> kinds = new ArrayList<>();
            kinds.addAll(new HttpTraffic(Integer.parseInt(arguments[0]), Integer.parseInt(arguments[2])).kinds());
            kinds.addAll(grpc.kinds());
            int shares = kinds.stream().mapToInt(Kind::share).sum();
            for (int round = 0; round < ROUNDS; round++) {
                for (Kind kind : kinds) {
                    run(kind, seconds * NANOS_PER_SECOND * kind.share() / shares / ROUNDS);
                }
            }
        }
    }

    private static void run(Kind kind, long nanos) throws Exception {
        long end = System.nanoTime() + nanos;
        int turns = 0;
        try (ExecutorService threads = Executors.newFixedThreadPool(kind.clients())) {
            List<Future<Integer>> running = new ArrayList<>();
            for (int i = 0; i < kind.clients(); i++) {
                running.add(threads.submit(() -> turnsUntil(end, kind)));
            }
            for (Future<Integer> client : running) {
                turns += client.get();
            }
        }
        System.out.printf("training: %s, %d times%n", kind.name(), turns);
    }

    private static int turnsUntil(long end, Kind kind) throws Exception {
        int turns = 0;
        try (Client client = kind.client().call()) {
            do {
                client.turn();
                turns++;
            } while (System.nanoTime() - end < 0);
        }
        return turns;
    }
}
