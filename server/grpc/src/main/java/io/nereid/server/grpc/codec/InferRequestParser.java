package io.nereid.server.grpc.codec;

import io.nereid.inference.DataType;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InputMemory;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import io.nereid.inference.TensorAllocator;
import io.nereid.inference.TensorBuffer;
import io.nereid.inference.TensorData;
import io.nereid.server.protocol.ClientRequest;
import io.nereid.server.protocol.OutputTarget;
import io.nereid.server.protocol.RequestLimits;
import io.nereid.server.protocol.RequestValidator;
import io.nereid.server.protocol.RequestedOutput;
import io.nereid.server.sharedmemory.SharedMemory;
import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;

/**
 * Reads one ModelInferRequest. Raw tensors are copied into tensor memory as they pass, once; the rest is small. Not
 * thread-safe.
 */
public final class InferRequestParser {
    /**
     * More inputs or outputs than any model has; without a limit a few bytes of message would take hundreds of heap.
     */
    private static final int MAX_TENSORS = 4096;

    private final SharedMemory regions;
    private final RequestLimits limits;
    private final HeldBuffers buffers;
    private final RequestParameters parameters = new RequestParameters();
    private final List<Input> inputs = new ArrayList<>(4);
    private final List<Output> outputs = new ArrayList<>(4);
    private final List<TensorData> raw = new ArrayList<>(4);
    private int parameterCount;
    private String model = "";
    private String version = "";
    private String id = "";

    /** Lets a request in, or throws why not. */
    @FunctionalInterface
    public interface Admitter {
        /**
         * Called once, as soon as the model is known and before a byte of tensors is copied. Returns where the model
         * wants its inputs.
         */
        InputMemory enter(String model, String version) throws InferenceException;
    }

    /**
     * A parser for one request.
     *
     * @param memory where tensors are that come before the model's name
     * @param regions the shared memory that clients have registered
     * @param limits how large the parts of the request may be that are no tensors' data
     */
    public InferRequestParser(TensorAllocator memory, SharedMemory regions, RequestLimits limits) {
        this.regions = regions;
        this.limits = limits;
        this.buffers = new HeldBuffers(InputMemory.of(memory));
    }

    /** The client's name for the request as far as it has been read, also after a failure. */
    public String id() {
        return id;
    }

    /** The model's name, likewise. */
    public String model() {
        return model;
    }

    /** The version asked for, empty for the highest, likewise. */
    public String version() {
        return version;
    }

    /**
     * Reads the message, once; {@link #complete} is to follow.
     *
     * @throws InferenceException what the admitter throws, INVALID_ARG if the message is no request; nothing is held
     *     then
     */
    public void read(MessagePieces pieces, long length, Admitter admitter) throws InferenceException {
        boolean read = false;
        try {
            readMessage(new ProtoReader(pieces, length, limits), admitter);
            read = true;
        } finally {
            if (!read) {
                buffers.release();
            }
        }
    }

    /**
     * What a message names at its beginning, of which nothing is read by that.
     *
     * @param first its first piece
     * @return null where it does not begin with its model
     */
    public static @Nullable Asked asked(ByteBuffer first, long length, RequestLimits limits) {
        Iterator<ByteBuffer> piece = List.of(first).iterator();
        ProtoReader in = new ProtoReader(() -> piece.hasNext() ? piece.next() : null, length, limits);
        String model = "";
        String version = "";
        try {
            for (int tag = in.tag(); tag != 0 && (model.isEmpty() || tag >>> 3 <= 4); tag = in.tag()) {
                switch (tag) {
                    case 1 << 3 | ProtoReader.BYTES -> model = in.text();
                    case 2 << 3 | ProtoReader.BYTES -> version = in.text();
                    default -> in.skip(tag);
                }
            }
        } catch (InferenceException _) {
            return null; // whoever reads it says what is wrong
        }
        return model.isEmpty() ? null : new Asked(model, version);
    }

    /**
     * What a message asks for.
     *
     * @param version empty for the highest
     */
    public record Asked(String model, String version) {}

    /** How many bytes {@link #complete} will copy out of shared memory. */
    public long bytesToCopy() {
        double bytes = 0; // which does not overflow
        for (Input input : inputs) {
            bytes += input.bytesToCopy();
        }
        return (long) bytes;
    }

    /**
     * The request that was read, once.
     *
     * @param maxInputs how many inputs the model has at most: of a request with more, which no model takes, nothing
     *             is copied out of shared memory
     * @return the request, whose memory and output targets are the caller's
     * @throws InferenceException INVALID_ARG if the message is no request, NOT_FOUND if it names an unknown region;
     *     nothing is held then
     */
    public ReceivedRequest complete(int maxInputs) throws InferenceException {
        List<RequestedOutput> requested = new ArrayList<>(2);
        boolean complete = false;
        try {
            List<Tensor> tensors = tensors(inputs.size() <= maxInputs);
            Set<String> names = new HashSet<>();
            for (Output output : outputs) {
                requested.add(output.requested(names));
            }
            complete = true;
            return new ReceivedRequest(new ClientRequest(id, tensors, requested, true, parameters.options(),
                    parameters.custom(), buffers), parameters.emptyFinal());
        } finally {
            if (!complete) {
                buffers.release();
                requested.forEach(InferRequestParser::release);
            }
        }
    }

    private static void release(RequestedOutput output) {
        OutputTarget target = output.target();
        if (target != null) {
            target.release();
        }
    }

    private void readMessage(ProtoReader in, Admitter admitter) throws InferenceException {
        boolean entered = false;
        for (int tag = in.tag(); tag != 0; tag = in.tag()) {
            if (!entered && !model.isEmpty() && tag >>> 3 > 4) { // the small fields come first
                buffers.into(admitter.enter(model, version));
                entered = true;
            }
            if (entered && tag >>> 3 <= 2) {
                throw ProtoReader.malformed("its model is named twice, or its version behind the tensors");
            }
            readField(in, tag);
        }
        if (!entered) {
            buffers.into(admitter.enter(model, version));
        }
    }

    private void readField(ProtoReader in, int tag) throws InferenceException {
        switch (tag) {
            case 1 << 3 | ProtoReader.BYTES -> model = in.text();
            case 2 << 3 | ProtoReader.BYTES -> version = in.text();
            case 3 << 3 | ProtoReader.BYTES -> id = in.text();
            case 4 << 3 | ProtoReader.BYTES -> parameters.add(Parameter.read(in, parameterCount++));
            case 5 << 3 | ProtoReader.BYTES -> {
                checkCount("inputs", inputs.size());
                inputs.add(new Input(in));
            }
            case 6 << 3 | ProtoReader.BYTES -> {
                checkCount("outputs", outputs.size());
                outputs.add(new Output(in));
            }
            case 7 << 3 | ProtoReader.BYTES -> {
                checkCount("raw_input_contents", raw.size());
                raw.add(readRaw(in));
            }
            default -> in.skip(tag);
        }
    }

    private static void checkCount(String field, int count) throws InferenceException {
        if (count == MAX_TENSORS) {
            throw Parameter.invalid("request has too many " + field + " (expected at most " + MAX_TENSORS + ")");
        }
    }

    private TensorData readRaw(ProtoReader in) throws InferenceException {
        long length = in.length();
        if (length == 0) {
            return TensorData.EMPTY;
        }
        TensorBuffer buffer = buffers.allocate(length);
        in.copyTo(buffer.segment());
        return buffer.data();
    }

    private List<Tensor> tensors(boolean copies) throws InferenceException {
        List<Tensor> tensors = new ArrayList<>(inputs.size());
        Set<String> names = new HashSet<>();
        int nextRaw = 0;
        for (Input input : inputs) {
            if (!names.add(input.name)) {
                throw RequestValidator.withId(id,
                        Parameter.invalid("input '" + input.name + "' already exists in request"));
            }
            DataType type = DataType.named(input.datatype);
            if (type == null) {
                throw Parameter.invalid("invalid datatype for input " + input.name);
            }
            TensorData data = input.ownData(type, copies);
            if (data == null) {
                if (nextRaw == raw.size()) {
                    throw Parameter
                            .invalid("unable to find data for input tensor '" + input.name + "' for model '" + model
                                    + "' in request.");
                }
                data = raw.get(nextRaw++);
            }
            tensors.add(new Tensor(input.name, type, input.shape, data));
        }
        return tensors;
    }

    /** One InferInputTensor. */
    private final class Input {
        private static final int MAX_RANK = 256;

        private String name = "";
        private String datatype = "";
        private Shape shape = Shape.SCALAR;
        private final SharedMemoryRange range = new SharedMemoryRange();
        private int parameterCount;
        private @Nullable TypedContents contents;

        Input(ProtoReader in) throws InferenceException {
            long outer = in.enter();
            for (int tag = in.tag(); tag != 0; tag = in.tag()) {
                switch (tag) {
                    case 1 << 3 | ProtoReader.BYTES -> name = in.text();
                    case 2 << 3 | ProtoReader.BYTES -> datatype = in.text();
                    case 3 << 3 | ProtoReader.BYTES -> readDims(in);
                    case 3 << 3 | ProtoReader.VARINT -> addDims(new long[]{in.varint()}, 1);
                    case 4 << 3 | ProtoReader.BYTES -> range.take(Parameter.read(in, parameterCount++), name);
                    case 5 << 3 | ProtoReader.BYTES -> {
                        contents = contents == null ? new TypedContents(buffers) : contents;
                        contents.read(in);
                    }
                    default -> in.skip(tag);
                }
            }
            in.leave(outer);
        }

        private void readDims(ProtoReader in) throws InferenceException {
            long[] dims = new long[8];
            int rank = 0;
            long outer = in.enter();
            while (in.inside()) {
                checkRank(rank);
                dims = rank == dims.length ? Arrays.copyOf(dims, rank * 2) : dims;
                dims[rank++] = in.varint();
            }
            in.leave(outer);
            addDims(dims, rank);
        }

        /** A list may come in several parts. */
        private void addDims(long[] dims, int count) throws InferenceException {
            checkRank(shape.rank() + count - 1);
            long[] all = Arrays.copyOf(shape.toArray(), shape.rank() + count);
            System.arraycopy(dims, 0, all, shape.rank(), count);
            shape = Shape.of(all);
        }

        private static void checkRank(int rank) throws InferenceException {
            if (rank >= MAX_RANK) {
                throw Parameter.invalid("shape of input has more than " + MAX_RANK + " dimensions");
            }
        }

        /** How many bytes are copied out of its region, if it names one. */
        long bytesToCopy() {
            String region = range.named();
            DataType type = DataType.named(datatype);
            return region == null || type == null ? 0
                    : regions.bytesToCopy(region, range.byteSize(), buffers.inputs().of(type));
        }

        /** The data that it brings itself or that lies in shared memory; null where it is among the raw contents. */
        @Nullable
        TensorData ownData(DataType type, boolean copies) throws InferenceException {
            String region = range.region(name);
            TypedContents typed = contents;
            if (region != null) {
                if (typed != null) {
                    throw Parameter.invalid("unexpected 'content' provided when using shared memory for input tensor '"
                            + name + "' for model '" + model + "'");
                }
                return !copies ? TensorData.EMPTY
                        : buffers.add(regions.read(region, range.offset(), range.byteSize(), buffers.inputs().of(type)))
                                .data();
            }
            if (typed != null && !raw.isEmpty()) {
                throw Parameter
                        .invalid("contents field must not be specified when using raw_input_contents for '" + name
                                + "' for model '" + model + "'");
            }
            return typed == null ? null : typed.data(model, name, type);
        }
    }

    /** One InferRequestedOutputTensor. */
    private final class Output {
        private static final String CLASSIFICATION = "classification";

        private String name = "";
        private final SharedMemoryRange range = new SharedMemoryRange();
        private int parameterCount;
        private int classes;

        Output(ProtoReader in) throws InferenceException {
            long outer = in.enter();
            for (int tag = in.tag(); tag != 0; tag = in.tag()) {
                switch (tag) {
                    case 1 << 3 | ProtoReader.BYTES -> name = in.text();
                    case 2 << 3 | ProtoReader.BYTES -> take(Parameter.read(in, parameterCount++));
                    default -> in.skip(tag);
                }
            }
            in.leave(outer);
        }

        private void take(Parameter parameter) throws InferenceException {
            if (!range.take(parameter, name) && parameter.name().equals(CLASSIFICATION)) {
                classes = classes(parameter);
            }
        }

        RequestedOutput requested(Set<String> names) throws InferenceException {
            if (!names.add(name)) {
                throw RequestValidator.withId(id,
                        Parameter.invalid("output '" + name + "' already exists in request"));
            }
            String region = range.region(name);
            if (region == null) {
                return new RequestedOutput(name, true, classes);
            }
            if (classes > 0) {
                throw Parameter.invalid("output can't set both 'shared_memory_region' and 'classification'");
            }
            return new RequestedOutput(name, true, 0, regions.target(region, range.offset(), range.byteSize()));
        }

        private int classes(Parameter parameter) throws InferenceException {
            long value = parameter.int64("");
            if (value <= 0) {
                throw Parameter.invalid("invalid value for 'classification' parameter, expected >= 0");
            }
            return (int) Math.min(value, Integer.MAX_VALUE);
        }
    }
}
