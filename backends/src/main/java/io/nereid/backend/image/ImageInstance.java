package io.nereid.backend.image;

import io.nereid.backend.BytesElements;
import io.nereid.backend.InstancePlacement;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.Tensor;
import io.nereid.inference.TensorAllocator;
import io.nereid.inference.TensorBuffer;
import io.nereid.scheduler.instance.Batch;
import io.nereid.scheduler.instance.ModelInstance;
import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * Hands the images of a batch to the decoding threads and waits for all of them: nothing uses a request's memory when
 * an execution has ended. A request with an image that cannot be decoded fails, the others of the batch do not.
 */
final class ImageInstance implements ModelInstance {
    private final String name;
    private final int gpu;
    private final ImageSignature signature;
    private final ImageReader reader;
    private final DecodeThreads threads;
    private final TensorAllocator memory;

    ImageInstance(InstancePlacement placement, ImageSignature signature, ImageReader reader, DecodeThreads threads,
            TensorAllocator memory) {
        this.name = placement.name();
        this.gpu = placement.gpu();
        this.signature = signature;
        this.reader = reader;
        this.threads = threads;
        this.memory = memory;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int gpu() {
        return gpu;
    }

    @Override
    public void execute(Batch batch) {
        batch.inputsReady();
        List<@Nullable Started> started = new ArrayList<>(batch.size());
        for (int i = 0; i < batch.size(); i++) {
            started.add(start(batch, i));
        }
        for (int i = 0; i < batch.size(); i++) {
            Started request = started.get(i);
            if (request != null) {
                finish(batch, i, request);
            }
        }
    }

    /** A request whose images are being decoded into {@code buffer}. */
    private record Started(List<DecodeThreads.Task> tasks, TensorBuffer buffer, BooleanSupplier cancelled) {}

    /** Null if the request has failed. */
    private @Nullable Started start(Batch batch, int index) {
        try {
            InferenceRequest request = batch.request(index);
            List<MemorySegment> images = images(request);
            TensorBuffer buffer = memory.allocate(images.size() * signature.imageBytes());
            List<DecodeThreads.Task> tasks = new ArrayList<>(images.size());
            BooleanSupplier cancelled = batch.cancelled(index);
            for (int i = 0; i < images.size(); i++) {
                MemorySegment sent = images.get(i);
                MemorySegment tensor = buffer.segment().asSlice(i * signature.imageBytes(), signature.imageBytes());
                tasks.add(threads.start(() -> {
                    if (!cancelled.getAsBoolean()) {
                        reader.read(sent, tensor);
                    }
                }));
            }
            return new Started(tasks, buffer, cancelled);
        } catch (InferenceException e) {
            batch.fail(index, e);
            return null;
        }
    }

    private List<MemorySegment> images(InferenceRequest request) throws InferenceException {
        return BytesElements.of(request.requiredInput(signature.input()));
    }

    private void finish(Batch batch, int index, Started request) {
        InferenceException error = null;
        for (int i = 0; i < request.tasks().size(); i++) {
            InferenceException failure = request.tasks().get(i).await();
            if (failure != null && error == null) {
                error = failure.withText("input '" + signature.input() + "', image " + i + " of "
                        + request.tasks().size() + ": " + failure.text());
            }
        }
        if (request.cancelled().getAsBoolean()) {
            error = new InferenceException(ErrorCode.CANCELLED, "the request was cancelled while it ran");
        }
        if (error != null) {
            request.buffer().release();
            batch.fail(index, error);
            return;
        }
        Tensor output = new Tensor(signature.output(), signature.dataType(),
                signature.shape(request.tasks().size()), request.buffer().segment());
        List<Tensor> outputs = batch.request(index).wants(signature.output()) ? List.of(output) : List.of();
        batch.respond(index, new InferenceResponse(outputs, Map.of(), request.buffer()));
    }

    @Override
    public void close() {
        // It holds nothing between executions.
    }
}
