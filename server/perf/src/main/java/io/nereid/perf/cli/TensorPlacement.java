package io.nereid.perf.cli;

import io.nereid.perf.call.ServerCalls;
import io.nereid.perf.input.InputTensor;
import io.nereid.perf.input.ModelDescription;
import io.nereid.perf.input.ModelTensor;
import io.nereid.perf.measure.SharedMemory;
import io.nereid.perf.request.InferRequest;
import io.nereid.perf.request.MemoryRange;
import io.nereid.perf.request.RequestedInput;
import io.nereid.perf.request.RequestedOutput;
import io.nereid.perf.request.SharedRegion;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where the tensors of requests lie: in the requests, or in two regions of shared memory. All requests have the same place
 * for an output, as those of perf_analyzer: nobody reads it.
 */
final class TensorPlacement implements AutoCloseable {
    private final Optional<SharedRegion> inputs;
    private final Optional<SharedRegion> outputs;
    private final Map<String, MemoryRange> outputRanges = new HashMap<>();

    private TensorPlacement(Optional<SharedRegion> inputs, Optional<SharedRegion> outputs) {
        this.inputs = inputs;
        this.outputs = outputs;
    }

    static TensorPlacement of(SharedMemory memory) throws IOException {
        return memory == SharedMemory.NONE ? new TensorPlacement(Optional.empty(), Optional.empty())
                : new TensorPlacement(Optional.of(SharedRegion.create(SharedRegion.FOLDER, "in")),
                        Optional.of(SharedRegion.create(SharedRegion.FOLDER, "out")));
    }

    /** A request with these inputs, for all outputs of the model. */
    InferRequest place(PerfOptions options, ModelDescription model, List<InputTensor> tensors) throws IOException {
        List<RequestedInput> placed = new ArrayList<>();
        for (InputTensor tensor : tensors) {
            placed.add(new RequestedInput(tensor, inputs.isEmpty() ? Optional.empty()
                    : Optional.of(inputs.get().place(tensor.bytes()))));
        }
        List<RequestedOutput> wanted = new ArrayList<>();
        for (ModelTensor output : model.outputs()) {
            wanted.add(new RequestedOutput(output.name(), outputs.map(region -> outputRanges
                    .computeIfAbsent(output.name(), _ -> region.reserve(outputBytes(options, output))))));
        }
        return new InferRequest(options.model(), options.version(), placed, wanted);
    }

    private static long outputBytes(PerfOptions options, ModelTensor output) {
        int batch = options.input().batchSize();
        if (!output.isFixed() || output.datatype().byteSize() == 0) {
            return (long) batch * options.outputBytes();
        }
        long bytes = (long) batch * output.datatype().byteSize();
        for (long size : output.shape()) {
            bytes = Math.multiplyExact(bytes, size);
        }
        return bytes;
    }

    /** Has the server map the regions, when all requests are placed. */
    void shareWith(ServerCalls server) throws IOException {
        for (SharedRegion region : regions()) {
            region.shareWith(server);
        }
    }

    /** Has the server forget them. */
    void unshareWith(ServerCalls server) throws IOException {
        for (SharedRegion region : regions()) {
            region.unshareWith(server);
        }
    }

    private List<SharedRegion> regions() {
        List<SharedRegion> regions = new ArrayList<>();
        inputs.ifPresent(regions::add);
        outputs.ifPresent(regions::add);
        return regions;
    }

    /** Takes the regions off the system. */
    @Override
    public void close() throws IOException {
        for (SharedRegion region : regions()) {
            region.close();
        }
    }
}
