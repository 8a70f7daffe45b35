package io.nereid.server.grpc;

import io.grpc.Metadata;
import io.nereid.inference.InferenceException;
import io.nereid.inference.ParameterValue;
import io.nereid.inference.TensorMemory;
import io.nereid.server.grpc.codec.InferRequestParser;
import io.nereid.server.inference.CodecThreads;
import io.nereid.server.inference.InferenceService;
import io.nereid.server.observation.Observers;
import io.nereid.server.protocol.HeaderForwarding;
import io.nereid.server.protocol.RequestLimits;
import io.nereid.server.sharedmemory.SharedMemory;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Executor;

/**
 * What every inference call needs.
 *
 * @param service the way in
 * @param memory where tensors lie
 * @param regions the shared memory that clients have registered
 * @param threads where long messages are read and written
 * @param forwarding which metadata become request parameters
 * @param compresses whether responses are compressed for clients that understand it
 * @param maxResponses how many responses of one streamed request may wait to be sent
 * @param maxInputBytes how many bytes a compressed message may have without compression
 * @param limits how large the parts of requests may be that are kept on the heap
 * @param observers who wants to know what becomes of requests
 */
record CallContext(InferenceService service, TensorMemory memory, SharedMemory regions, CodecThreads threads,
        HeaderForwarding forwarding, boolean compresses, int maxResponses,
        long maxInputBytes, RequestLimits limits, Observers observers) {
    /** What a response takes without a charge of its own: every request is charged with as much. */
    static final int FREE_BYTES = 4 << 10;

    InferRequestParser parser() {
        return new InferRequestParser(memory, regions, limits);
    }

    /** The time, if anybody wants to know when requests came; else 0. */
    long arrivalNanos() {
        return observers.isOn() ? observers.nanoTime() : 0;
    }

    /** What copying so many bytes takes, in bytes of text. */
    static long workToCopy(long bytes) {
        return bytes / CodecThreads.COPIES_PER_TEXT;
    }

    /** What writing a message of so many bytes takes, likewise. */
    long workToWrite(long bytes) {
        return compresses ? bytes * CodecThreads.COPIES_PER_TEXT : workToCopy(bytes);
    }

    /** Where a message of so many bytes is written that does not belong on an event loop. */
    Executor writers(long bytes) {
        return threads.executor(workToWrite(bytes), Runnable::run);
    }

    /** Whether a message of so many bytes does not belong on an event loop. */
    boolean isLongToWrite(long bytes) {
        return CodecThreads.isLong(workToWrite(bytes));
    }

    /** The request parameters that metadata make. */
    Map<String, ParameterValue> forwarded(Metadata metadata) throws InferenceException {
        if (!forwarding.isOn()) {
            return Map.of();
        }
        Map<String, String> headers = new HashMap<>();
        for (String name : metadata.keys()) {
            if (!name.endsWith(Metadata.BINARY_HEADER_SUFFIX)) {
                String value = metadata.get(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER));
                headers.put(name, value == null ? "" : value);
            }
        }
        return forwarding.from(headers.entrySet());
    }
}
