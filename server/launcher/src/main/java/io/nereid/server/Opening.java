package io.nereid.server;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Opens the ports of a server, all of them or none: whoever has two servers on one machine needs to know every port
 * that is taken and not of one at a time. They are opened at the same time, each on a thread of its own, because a
 * start waits for the slowest of them. Used by one thread.
 */
final class Opening {
    private final List<Port<?>> ports = new ArrayList<>();

    /** Begins to listen. */
    @FunctionalInterface
    interface Step<T> {
        /**
         * Returns what listens.
         *
         * @throws InferenceException if that cannot be
         */
        T open() throws InferenceException;
    }

    /** One that is being opened. */
    static final class Port<T> {
        private final CompletableFuture<Outcome<T>> outcome;
        private final Consumer<T> closing;

        private Port(CompletableFuture<Outcome<T>> outcome, Consumer<T> closing) {
            this.outcome = outcome;
            this.closing = closing;
        }

        /** What listens, after {@link Opening#check}. */
        T opened() {
            if (outcome.join() instanceof Opened<T>(T port)) {
                return port;
            }
            throw new IllegalStateException("asked for a port that could not be opened");
        }

        private void close() {
            if (outcome.join() instanceof Opened<T>(T port)) {
                closing.accept(port);
            }
        }
    }

    private sealed interface Outcome<T> {}

    private record Opened<T>(T port) implements Outcome<T> {}

    private record Failed<T>(Throwable cause) implements Outcome<T> {}

    /**
     * Begins to open one more.
     *
     * @param closing how it is closed again if another one fails
     */
    <T> Port<T> open(String name, Step<T> step, Consumer<T> closing) {
        Port<T> port = new Port<>(CompletableFuture.supplyAsync(() -> outcome(step),
                task -> Thread.ofPlatform().daemon().name("listen-" + name).start(task)), closing);
        ports.add(port);
        return port;
    }

    private static <T> Outcome<T> outcome(Step<T> step) {
        try {
            return new Opened<>(step.open());
        } catch (InferenceException | RuntimeException | Error e) { // thrown on by check
            return new Failed<>(e);
        }
    }

    /**
     * Ends the opening: waits for all.
     *
     * @throws InferenceException if something could not be opened, with every reason; all that was opened is closed
     *     then
     */
    void check() throws InferenceException {
        List<InferenceException> failures = new ArrayList<>();
        for (Port<?> port : ports) {
            if (port.outcome.join() instanceof Failed<?>(Throwable cause)) {
                switch (cause) {
                    case InferenceException e -> failures.add(e);
                    case Error e -> throw closed(e);
                    default -> throw (RuntimeException) closed(cause);
                }
            }
        }
        if (!failures.isEmpty()) {
            throw closed(together(failures));
        }
    }

    private <E extends Throwable> E closed(E cause) {
        ports.forEach(Port::close);
        return cause;
    }

    private static InferenceException together(List<InferenceException> failures) {
        String text = failures.stream().map(InferenceException::text).collect(Collectors.joining(". "));
        ErrorCode code = failures.getFirst().code();
        InferenceException all = new InferenceException(code, text, failures.getFirst());
        failures.stream().skip(1).forEach(all::addSuppressed);
        return all;
    }
}
