package io.nereid.server.grpc;

import io.grpc.Metadata;
import io.nereid.inference.InferenceException;
import io.nereid.inference.ParameterValue;
import io.nereid.server.grpc.codec.InferRequestParser;
import io.nereid.server.grpc.codec.ReceivedRequest;
import io.nereid.server.inference.InferenceCall;
import io.nereid.server.inference.RequestIdentity;
import io.nereid.server.model.ServedModel;
import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Objects;

/**
 * The message of one request, from its arrival until it is a request: what is charged for it while it came is held
 * until it is read or discarded. Handed from thread to thread with its call.
 */
final class RequestMessage {
    private final CallContext context;
    private final Metadata metadata;
    private final long bytes;
    /** Until it is read or discarded. */
    private @Nullable ReceivedMessage message;
    /** What reads it; not kept once that is done, as requests that wait must be small. */
    private @Nullable InferRequestParser parser;
    private RequestIdentity identity = RequestIdentity.UNKNOWN;
    private Map<String, ParameterValue> forwarded = Map.of();

    /**
     * Takes over the message, and what is charged for it. On the thread on which gRPC reports it.
     *
     * @param metadata those of the call
     */
    RequestMessage(CallContext context, Metadata metadata, ReceivedMessage message) {
        this.context = context;
        this.metadata = metadata;
        this.bytes = message.length();
        this.message = message;
        this.parser = context.parser();
        message.holding(UnfinishedMessages.received());
    }

    /** Bytes of it, without compression. */
    long bytes() {
        return bytes;
    }

    /** What reading it takes, in bytes of text. */
    long workToRead() {
        return CallContext.workToCopy(bytes);
    }

    /** The model and version that it names at its beginning; null where it does not. Before it is read. */
    @Nullable
    RequestIdentity asked() {
        ByteBuffer first = Objects.requireNonNull(message).peek();
        InferRequestParser.Asked asked = first == null ? null
                : InferRequestParser.asked(first, bytes, context.limits());
        return asked == null ? null : new RequestIdentity("", asked.model(), asked.version());
    }

    /** What of the request's names has been read so far, also after a failure. */
    RequestIdentity identity() {
        InferRequestParser reads = parser;
        return reads == null ? identity : new RequestIdentity(reads.id(), reads.model(), reads.version());
    }

    /**
     * Reads and releases it, once.
     *
     * @return how many bytes {@link #complete} will copy
     * @throws InferenceException if it is no request or is not admitted; nothing is held then
     */
    long read(InferenceCall admission) throws InferenceException {
        ReceivedMessage received = Objects.requireNonNull(message);
        InferRequestParser reads = Objects.requireNonNull(parser);
        message = null;
        try (received) {
            received.check();
            reads.read(received, bytes, (model, version) -> {
                forwarded = context.forwarded(metadata); // not before: an error is to name the request
                admission.admit(model, version);
                return admission.inputMemory();
            });
        }
        return reads.bytesToCopy();
    }

    /**
     * The request that was read, once; with the parameters that the metadata make.
     *
     * @throws InferenceException as {@link InferRequestParser#complete}
     */
    ReceivedRequest complete(ServedModel model) throws InferenceException {
        InferRequestParser reads = Objects.requireNonNull(parser);
        ReceivedRequest received = reads.complete(model.signature().inputs().size());
        identity = identity();
        parser = null;
        return new ReceivedRequest(received.request().withParameters(forwarded), received.emptyFinal());
    }

    /** Releases the message, which is not read. */
    void discard() {
        Objects.requireNonNull(message).close();
    }
}
