package io.nereid.server.inference;

import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.RequestTimes;
import io.nereid.inference.RequestTrace;
import io.nereid.inference.Tensor;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.server.ledger.Account;
import io.nereid.server.protocol.ClientRequest;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.concurrent.Executor;

/**
 * What one protocol does for one {@link InferenceCall}: it reads the message and writes the answer. The call decides
 * what is done when and on which thread, one step after the other; no method blocks but {@link #send}, where it says
 * so.
 *
 * @param <M> an encoded response
 */
public interface InferenceTransport<M> {
    /** Where a step runs that may run on whatever thread has come to it. */
    Executor CALLER = Runnable::run;

    // The request

    /**
     * The account of the client's connection; null for a client that cannot be ended, such as a program in this
     * process.
     */
    @Nullable
    Account account();

    /**
     * Whether the request is a part of one that was admitted, as what a model asks of another is: if what is in flight
     * kept it out, neither could end.
     */
    default boolean isAdmittedAlways() {
        return false;
    }

    /** Where the scheduler notes its times of the request; null if the transport need not know them. */
    default @Nullable RequestTimes times() {
        return null;
    }

    /** The trace of the request for whose sake this one is made; null for one of its own, or none. */
    default @Nullable RequestTrace parentTrace() {
        return null;
    }

    /** Bytes of the body or message. */
    long bytes();

    /** What the client calls its request and the model, as far as that was read; for the log. */
    RequestIdentity identity();

    /**
     * The model and version that a message names which is still to be read, where it begins with them; null for one that
     * does not, and where whoever serves the request says them.
     */
    default @Nullable RequestIdentity asked() {
        return null;
    }

    /** Says that the request now waits for that model to be loaded, before it may be told what came of it. */
    default void awaitsModel(String model) {}

    /** Why requests of this kind cannot be served by a model of that configuration at all; null where they can. */
    @Nullable
    InferenceException unsupported(ModelConfig config);

    /**
     * Bytes of text that {@link #read} works through, of what it only copies {@link CodecThreads#COPIES_PER_TEXT}th.
     */
    long workToRead();

    /**
     * Reads the message, which is given back or the request's from here on. A transport whose message names the model
     * calls {@link InferenceCall#admit} before it allocates.
     *
     * @return how many bytes {@link #complete} will copy
     * @throws InferenceException if it is no request, or was not admitted; nothing is held then
     */
    long read(InferenceCall call) throws InferenceException;

    /**
     * The whole request, whose memory and output targets are the call's. Takes as long as copying does.
     *
     * @throws InferenceException if a part of it is not where it says, or there is no memory for it; nothing is held
     *     then
     */
    ClientRequest complete() throws InferenceException;

    /**
     * The inputs of further requests to the model, in the same memory, where one does not take all that was asked for:
     * {@link #complete} has given the first of them. Each has one response; the answer to all is one response with the
     * outputs of each, behind one another. Only of a transport with {@link #notOneResponse}.
     */
    default List<List<Tensor>> furtherParts() {
        return List.of();
    }

    /** Gives back a message that will not be read. */
    void discard();

    /** Says that the request was queued or refused, once: the next one may be read. */
    default void hasRead() {}

    // The answer

    /**
     * The error where the answer takes exactly one response and a model gave none or several; null where any may
     * come.
     */
    default @Nullable InferenceException notOneResponse() {
        return null;
    }

    /** Whether a request may have any number of responses. */
    boolean isStream();

    /**
     * How many bytes of responses may wait for the client before the model has to, for a stream that is not written
     * on the model's thread; 0 for any other transport.
     */
    default long windowBytes() {
        return 0;
    }

    /** Where answers are written that do not take long; {@link #CALLER} for where the model gives them. */
    Executor executor();

    /** The status of an error over HTTP; 0 for other protocols. */
    default int httpStatus(InferenceException error) {
        return 0;
    }

    /** Bytes of text or of compressed data that {@link #encode} writes, of what is only copied a part as above. */
    long workToWrite(InferenceResponse response);

    /**
     * The encoded response, which owns the response's memory from here on.
     *
     * @throws InferenceException if it cannot be encoded; whatever is thrown, the response is still the caller's
     */
    M encode(InferenceCall call, InferenceResponse response, boolean last) throws InferenceException;

    /**
     * Sends an encoded response, or drops it where the client has gone. After the last one, closes the call as soon
     * as the client has all of it. May wait for the client if {@link #executor} is {@link #CALLER} and it is not the
     * last one.
     */
    void send(InferenceCall call, M response, boolean last);

    /**
     * Ends the answer of a stream whose last response did not say that it is the last; closes the call as {@link
     * #send} does.
     */
    void end(InferenceCall call);

    /** Answers a request that no model took on, and closes the call as {@link #send} does. */
    void refuse(InferenceCall call, InferenceException error);

    /**
     * Sends the error of a request, or of one response of it; after the last one, closes the call as {@link #send}
     * does.
     */
    void fail(InferenceCall call, InferenceException error, boolean last);

    /** The call has ended and holds nothing any more; called once, on any thread. */
    default void ended() {}
}
