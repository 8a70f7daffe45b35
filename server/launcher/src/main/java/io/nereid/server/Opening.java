package io.nereid.server;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Opens the ports of a server, all of them or none: whoever has two servers on one machine needs to know every port
 * that is taken and not of one at a time. Used by one thread.
 */
final class Opening {
    private final List<Runnable> closings = new ArrayList<>();
    private final List<InferenceException> failures = new ArrayList<>();

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

    /**
     * Opens one more.
     *
     * @param closing how it is closed again
     * @return what was opened; null if it failed, so that {@link #check} will
     */
    <T> @Nullable T open(Step<T> step, Consumer<T> closing) {
        try {
            T opened = step.open();
            closings.add(() -> closing.accept(opened));
            return opened;
        } catch (InferenceException e) {
            failures.add(e);
            return null;
        } catch (RuntimeException | Error e) {
            closings.forEach(Runnable::run);
            throw e;
        }
    }

    /**
     * Ends the opening.
     *
     * @throws InferenceException if something could not be opened, with every reason; all that was opened is closed
     *     then
     */
    void check() throws InferenceException {
        if (failures.isEmpty()) {
            return;
        }
        closings.forEach(Runnable::run);
        String text = failures.stream().map(InferenceException::text).collect(Collectors.joining(". "));
        ErrorCode code = failures.getFirst().code();
        InferenceException all = new InferenceException(code, text, failures.getFirst());
        failures.stream().skip(1).forEach(all::addSuppressed);
        throw all;
    }
}
