package io.nereid.server.inference;

import io.nereid.inference.InferenceException;
import io.nereid.inference.InputMemory;
import io.nereid.inference.Lease;
import io.nereid.modelrepo.lifecycle.ModelHandle;
import io.nereid.server.ledger.Account;
import io.nereid.server.model.ServedModel;

/**
 * One inference request from its message to the end of its answer, as its {@link InferenceTransport} sees it. It owns
 * the request's model, its place among the requests in flight, its tensors until the scheduler has them, the targets
 * of its outputs, and its observation; all of it is given back exactly once, whatever ends the call.
 *
 * <p>One thread at a time works on a call; {@link #cancel} and {@link #close} are called on any thread at any time.
 * No method blocks.
 */
public interface InferenceCall extends AutoCloseable {
    /**
     * Admits the request, reads it and queues it, for a protocol whose address names the model. An error at any step is
     * the answer. Called once, instead of {@link #serve()}.
     *
     * @param version its number in decimal digits; empty for the highest that is ready
     */
    void serve(String model, String version);

    /**
     * The same for whoever has the model version already.
     *
     * @param held a reference that is the call's from here on
     */
    void serve(ModelHandle<ServedModel> held);

    /**
     * Reads the request and queues it; {@link InferenceTransport#read} admits it as soon as it has read the model's
     * name.
     */
    void serve();

    /**
     * Finds the model and admits the request, once, before anything is allocated for it.
     *
     * @throws InferenceException NOT_FOUND, UNAVAILABLE or UNSUPPORTED: the answer to the request
     */
    void admit(String model, String version) throws InferenceException;

    /** The model; from {@link #admit} on until the last response is encoded. */
    ModelHandle<ServedModel> model();

    /**
     * What is held for the request is charged here before it is allocated; from {@link #admit} on. Closed when the
     * call has ended, and with it everything is given back that was not released before.
     */
    Account account();

    /** Where the model wants its inputs: memory that is charged to the {@link #account} until it is released. */
    InputMemory inputMemory();

    /** Whether the client has gone: what is done for it from here on is for nobody. */
    boolean isCancelled();

    /**
     * Records that a part of the answer is about to be sent.
     *
     * @param httpStatus the status of the answer; 0 for other protocols
     * @param bytes its length
     */
    void sending(int httpStatus, long bytes);

    /** Sets how many bytes of the answer wait for the client now. */
    void waiting(long bytes);

    /**
     * Counts a part of the answer that holds {@code bytes} bytes of memory until the lease is released: when it has
     * gone or was dropped. The release of the last part's lease also closes the call.
     */
    Lease waits(long bytes, boolean last);

    /** Cancels the request; its answer is still to come, most likely an error with the code CANCELLED. */
    void cancel();

    /**
     * Ends the call for its client, which has all of the answer or has gone; a request that is still queued or runs is
     * cancelled, and what comes of it is dropped. Closing a call again does nothing.
     */
    @Override
    void close();
}
