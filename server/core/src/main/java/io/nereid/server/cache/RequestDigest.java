package io.nereid.server.cache;

import io.nereid.inference.InferenceRequest;
import io.nereid.inference.ParameterValue;
import io.nereid.inference.Tensor;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Makes the key of a request: of the model's version and content, of each input its name, datatype, shape and elements,
 * of the names of the outputs that are wanted and of the parameters, whatever order these came in. Who asks, how urgent
 * it is and what the request is called do not count. Used by one thread.
 */
final class RequestDigest {
    /** More than fits into one piece of the digest's own. */
    private static final int MAX_PIECE = 1 << 30;

    private final MessageDigest digest = sha256();
    private final ByteBuffer number = ByteBuffer.allocate(Long.BYTES);

    private RequestDigest() {}

    /**
     * The key of a request whose inputs are in host memory.
     *
     * @param scope what the model's answers depend on beside the request
     */
    static CacheKey of(String scope, InferenceRequest request) {
        RequestDigest made = new RequestDigest();
        made.add(scope);
        made.add(request.batchSize());
        made.addInputs(request.inputs());
        made.addNames(request.requestedOutputs());
        made.addParameters(request.parameters());
        return CacheKey.of(made.digest.digest());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private void addInputs(List<Tensor> inputs) {
        List<Tensor> sorted = inputs;
        if (inputs.size() > 1) {
            sorted = new ArrayList<>(inputs);
            sorted.sort(Comparator.comparing(Tensor::name));
        }
        add(sorted.size());
        for (Tensor input : sorted) {
            add(input.name());
            add(input.dataType().name());
            add(input.shape().rank());
            for (int i = 0; i < input.shape().rank(); i++) {
                add(input.shape().dim(i));
            }
            add(input.data());
        }
    }

    private void addNames(List<String> names) {
        add(names.size());
        names.stream().sorted().forEach(this::add);
    }

    private void addParameters(Map<String, ParameterValue> parameters) {
        add(parameters.size());
        if (parameters.isEmpty()) {
            return;
        }
        new TreeMap<>(parameters).forEach((name, value) -> {
            add(name);
            switch (value) {
                case ParameterValue.Text(String text) -> addKind(0).add(text);
                case ParameterValue.Int(long whole) -> addKind(1).add(whole);
                case ParameterValue.Flag(boolean flag) -> addKind(2).add(flag ? 1 : 0);
                case ParameterValue.Real(double real) -> addKind(3).add(Double.doubleToRawLongBits(real));
            }
        });
    }

    private RequestDigest addKind(int kind) {
        add(kind);
        return this;
    }

    /** Each part has its length in front, so that no two requests come to the same bytes. */
    private void add(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        add(bytes.length);
        digest.update(bytes);
    }

    private void add(MemorySegment data) {
        add(data.byteSize());
        for (long at = 0; at < data.byteSize(); at += MAX_PIECE) {
            digest.update(data.asSlice(at, Math.min(MAX_PIECE, data.byteSize() - at)).asByteBuffer());
        }
    }

    private void add(long value) {
        number.putLong(0, value);
        digest.update(number.array());
    }
}
