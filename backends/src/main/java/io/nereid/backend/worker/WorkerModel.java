package io.nereid.backend.worker;

import io.nereid.backend.WorkerMemory;
import org.jspecify.annotations.Nullable;

import java.time.Duration;

/**
 * What the instances of a model version run by whose work is done in worker processes.
 *
 * @param tensors as workers see them, and as clients do
 * @param shared what the workers share with the server
 * @param decoupled whether a request may have any number of responses
 * @param iterative whether a request may be put back, to run again
 * @param terminates whether a worker can end an execution early: it is told to when nobody wants its answers
 * @param executeTimeout how long an execution may take; null for as long as it takes
 * @param stopLimit how long a worker may take to end
 */
public record WorkerModel(ModelTensors tensors, WorkerMemory shared, boolean decoupled, boolean iterative,
        boolean terminates, @Nullable Duration executeTimeout, Duration stopLimit) {
    /** The parameter of a model's configuration that says {@link #executeTimeout}, in milliseconds. */
    public static final String EXECUTE_TIMEOUT = "execute_timeout_ms";
}
