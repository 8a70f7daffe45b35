package io.nereid.server.protocol;

import io.nereid.inference.Lease;
import io.nereid.inference.ParameterValue;
import io.nereid.inference.RequestOptions;
import io.nereid.inference.Tensor;
import org.jspecify.annotations.Nullable;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * An inference request as a client sent it, before it is validated against a model.
 *
 * @param id the client's name for it, empty where it gave none
 * @param inputs the tensors, in the client's order
 * @param outputs the outputs it asks for, in its order; empty for all
 * @param binaryByDefault whether outputs it does not list come as binary data
 * @param options what it asks of the scheduler
 * @param parameters its custom parameters
 * @param memory what the inputs lie in; the request's owner releases it, once
 */
public record ClientRequest(String id, List<Tensor> inputs, List<RequestedOutput> outputs, boolean binaryByDefault,
        RequestOptions options, Map<String, ParameterValue> parameters, Lease memory) {

    private static final int HEAP_OF_A_TENSOR = 256;
    private static final int HEAP_OF_A_PARAMETER = 128;

    /** Whether that output comes as binary data. */
    public boolean wantsBinary(String output) {
        for (RequestedOutput asked : outputs) {
            if (asked.name().equals(output)) {
                return asked.binary();
            }
        }
        return binaryByDefault;
    }

    /** Where that output's data goes instead of into the response; null for into the response. */
    public @Nullable OutputTarget target(String output) {
        for (RequestedOutput asked : outputs) {
            if (asked.name().equals(output)) {
                return asked.target();
            }
        }
        return null;
    }

    /** The same request, over the same memory, with these parameters beside its own. */
    public ClientRequest withParameters(Map<String, ParameterValue> more) {
        if (more.isEmpty()) {
            return this;
        }
        Map<String, ParameterValue> all = new HashMap<>(parameters);
        all.putAll(more);
        return new ClientRequest(id, inputs, outputs, binaryByDefault, options, all, memory);
    }

    /** The same request with these inputs, which lie in the same memory. */
    public ClientRequest withInputs(List<Tensor> others) {
        return new ClientRequest(id, others, outputs, binaryByDefault, options, parameters, memory);
    }

    /** The same request after it has waited elsewhere: that counts for the time that it may wait in a queue. */
    public ClientRequest afterWaiting(long nanos) {
        long timeout = options.timeoutMicros();
        if (timeout == 0 || nanos == 0) {
            return this;
        }
        long left = Math.max(1, timeout - nanos / 1000);
        return new ClientRequest(id, inputs, outputs, binaryByDefault, options.withTimeout(left), parameters, memory);
    }

    /**
     * Bytes of heap that its names, parameters and lists take, roughly; nothing for one with none but a few tensors.
     */
    public long heapBytes() {
        long bytes = id.length() + (inputs.size() + outputs.size()) * (long) HEAP_OF_A_TENSOR;
        return parameters.isEmpty() ? bytes : bytes + heapOfParameters();
    }

    private long heapOfParameters() {
        long bytes = 0;
        for (Map.Entry<String, ParameterValue> parameter : parameters.entrySet()) {
            bytes += HEAP_OF_A_PARAMETER + parameter.getKey().length();
            if (parameter.getValue() instanceof ParameterValue.Text(String text)) {
                bytes += text.length();
            }
        }
        return bytes;
    }

    /** Gives back all that a request holds which nobody will run: its memory and the targets of its outputs. */
    public void release() {
        for (RequestedOutput output : outputs) {
            OutputTarget target = output.target();
            if (target != null) {
                target.release();
            }
        }
        memory.release();
    }
}
