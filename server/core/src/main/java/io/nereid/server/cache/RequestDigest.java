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
 * it is and what the request is called do not count. Whatever is small is gathered and hashed at once, and a thread has
 * one of these: a hash of 64 bytes costs less than ten updates and a new digest. Used by one thread.
 */
final class RequestDigest {
    /** More than fits into one piece of the digest's own. */
    private static final int MAX_PIECE = 1 << 30;
    private static final int GATHERED_BYTES = 4 << 10;
    private static final ThreadLocal<RequestDigest> OF_THREAD = ThreadLocal.withInitial(RequestDigest::new);

    private final MessageDigest digest = sha256();
    /** What the digest has not been given yet. */
    private final ByteBuffer gathered = ByteBuffer.allocate(GATHERED_BYTES);

    private RequestDigest() {}

    /**
     * The key of a request whose inputs are in host memory.
     *
     * @param scope what the model's answers depend on beside the request
     */
    static CacheKey of(String scope, InferenceRequest request) {
        return OF_THREAD.get().keyOf(scope, request);
    }

    private CacheKey keyOf(String scope, InferenceRequest request) {
        gathered.clear();
        digest.reset(); // the last one may have ended in the middle, by an error
        add(scope);
        add(request.batchSize());
        addInputs(request.inputs());
        addNames(request.requestedOutputs());
        addParameters(request.parameters());
        flush();
        return CacheKey.of(digest.digest());
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
        if (names.size() == 1) {
            add(names.getFirst());
        } else if (!names.isEmpty()) {
            names.stream().sorted().forEach(this::add);
        }
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
        add(ByteBuffer.wrap(bytes));
    }

    private void add(MemorySegment data) {
        add(data.byteSize());
        for (long at = 0; at < data.byteSize(); at += MAX_PIECE) {
            add(data.asSlice(at, Math.min(MAX_PIECE, data.byteSize() - at)).asByteBuffer());
        }
    }

    private void add(ByteBuffer bytes) {
        if (bytes.remaining() > gathered.remaining()) {
            flush();
        }
        if (bytes.remaining() > GATHERED_BYTES) {
            digest.update(bytes);
        } else {
            gathered.put(bytes);
        }
    }

    private void add(long value) {
        if (gathered.remaining() < Long.BYTES) {
            flush();
        }
        gathered.putLong(value);
    }

    private void flush() {
        digest.update(gathered.array(), 0, gathered.position());
        gathered.clear();
    }
}
