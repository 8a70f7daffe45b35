package io.nereid.server.model.warmup;

import io.nereid.inference.DataType;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.Lease;
import io.nereid.inference.RequestOptions;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import io.nereid.modelrepo.config.WarmupConfig;
import io.nereid.server.model.SignatureOfConfig;
import io.nereid.server.protocol.ClientRequest;
import io.nereid.server.protocol.ModelSignature;
import io.nereid.server.protocol.RequestValidator;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * One entry of {@code model_warmup}, ready to run: as many requests of one row as its batch size says, which run
 * together as clients' requests would (docs/compatibility.md). Their tensors lie in the memory it was made with.
 *
 * @param name as the configuration calls it
 * @param requests what runs together
 * @param runs how often; at least 1
 */
record WarmupSample(String name, List<InferenceRequest> requests, long runs) {
    WarmupSample {
        requests = List.copyOf(requests);
    }

    /**
     * Makes the tensors and holds them against the model, as a client's request is held.
     *
     * @throws InferenceException INVALID_ARG if the sample does not fit the model, or a file cannot be read
     */
    static WarmupSample of(WarmupConfig warmup, ModelSignature model, Path modelDirectory,
            SegmentAllocator memory)
            throws InferenceException {
        try {
            int batchSize = batchSize(warmup, model);
            List<Tensor> inputs = new ArrayList<>();
            // in the order of names: a sample is the same at every load
            for (Map.Entry<String, WarmupConfig.Input> input : new TreeMap<>(warmup.inputs()).entrySet()) {
                inputs.add(tensor(input.getKey(), input.getValue(), model, modelDirectory, memory));
            }
            InferenceRequest request = RequestValidator.validate(model, new ClientRequest(warmup.name(), inputs,
                    List.of(), false, RequestOptions.DEFAULT, Map.of(), Lease.NONE));
            return new WarmupSample(warmup.name(), Collections.nCopies(batchSize, request),
                    Math.max(1, warmup.count()));
        } catch (InferenceException e) {
            throw e.withText("warmup sample '" + warmup.name() + "' of model '" + model.model() + "' cannot be used: "
                    + e.text());
        }
    }

    private static int batchSize(WarmupConfig warmup, ModelSignature model) throws InferenceException {
        long most = Math.max(1, model.maxBatchSize());
        if (warmup.batchSize() < 1 || warmup.batchSize() > most) {
            throw invalid("batch_size is " + warmup.batchSize() + " (expected 1 to " + most + ", the model's largest)");
        }
        return (int) warmup.batchSize();
    }

    private static Tensor tensor(String name, WarmupConfig.Input input, ModelSignature model, Path modelDirectory,
            SegmentAllocator memory) throws InferenceException {
        DataType dataType = SignatureOfConfig.dataType(input.dataType());
        Shape row = Shape.of(input.dims().stream().mapToLong(Long::longValue).toArray());
        Shape shape = model.batches() ? row.prepend(1) : row;
        try {
            long elements = shape.elementCount();
            WarmupData data = new WarmupData(name, dataType, elements, memory);
            MemorySegment bytes = switch (input.data()) {
                case WarmupConfig.ZeroData _ -> data.zero();
                case WarmupConfig.RandomData _ -> data.random();
                case WarmupConfig.FileData file -> data.read(modelDirectory, file.fileName());
            };
            return new Tensor(name, dataType, shape, bytes);
        } catch (ArithmeticException | OutOfMemoryError e) {
            throw invalid("input '" + name + "' of shape " + shape + " cannot be made: " + e.getMessage());
        }
    }

    static InferenceException invalid(String text) {
        return new InferenceException(ErrorCode.INVALID_ARG, text);
    }
}
