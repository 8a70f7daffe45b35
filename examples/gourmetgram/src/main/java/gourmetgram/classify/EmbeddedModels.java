package gourmetgram.classify;

import io.nereid.inference.DataType;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.server.ModelServer;
import io.nereid.server.ServerConfig;
import io.nereid.server.StartException;
import io.nereid.server.inference.InProcessRequest;
import io.nereid.server.inference.InferenceResult;
import io.nereid.server.model.config.ModelControlConfig;
import io.nereid.server.model.config.ModelControlMode;
import io.nereid.server.model.config.RepositoryConfig;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The server in this process, without a port, with some of the models of examples/food11. Thread-safe. */
public final class EmbeddedModels implements AutoCloseable {
    /** Makes a tensor of a photograph. */
    public static final String IMAGE = "food_image";
    /** The network. */
    public static final String NETWORK = "food_classifier_onnx";

    private static final int SIDE = 224;
    private static final String ITS_PLACE = "input 'INPUT_IMAGE', image 0 of 1: ";
    private static final int PATIENCE_SECONDS = 30;

    private final ModelServer server;

    private EmbeddedModels(ModelServer server) {
        this.server = server;
    }

    /**
     * Loads these models, which takes about a second.
     *
     * @param repository a folder as {@code examples/food11/models}
     * @throws StartException if one of them cannot be loaded; the message says why
     */
    public static EmbeddedModels start(Path repository, String... models) throws StartException {
        RepositoryConfig from = RepositoryConfig.of(List.of(repository)).withControl(
                ModelControlConfig.DEFAULT.withStartup(ModelControlMode.EXPLICIT, List.of(models)));
        return new EmbeddedModels(ModelServer.start(ServerConfig.of(from).withoutPorts()));
    }

    /**
     * The photograph as the network takes it: 3 x 224 x 224 numbers.
     *
     * @throws InferenceException INVALID_ARG if it is none
     */
    public float[] pixels(byte[] photograph) throws InferenceException, InterruptedException {
        byte[] element = ByteBuffer.allocate(Integer.BYTES + photograph.length).order(ByteOrder.LITTLE_ENDIAN)
                .putInt(photograph.length).put(photograph).array();
        try {
            return floats(server.inference().request(IMAGE)
                    .input("INPUT_IMAGE", DataType.BYTES, MemorySegment.ofArray(element), 1, 1), "PIXELS");
        } catch (InferenceException e) {
            throw e.withText(e.text().replace(ITS_PLACE, "photograph: ")); // there is only one
        }
    }

    /** What the network says of a photograph: a number for each label. */
    public float[] logits(float[] pixels) throws InferenceException, InterruptedException {
        return floats(server.inference().request(NETWORK).input("input", pixels, 1, 3, SIDE, SIDE), "output");
    }

    /** Waits no longer than a person would; what comes later is dropped. */
    private static float[] floats(InProcessRequest request, String output)
            throws InferenceException, InterruptedException {
        CompletableFuture<InferenceResult> answer = request.inferAsync();
        try (InferenceResult result = answer.get(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            return result.output(output).floats();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof InferenceException error ? error : InferenceException.ofInternalError(e);
        } catch (TimeoutException e) {
            cancel(answer);
            throw new InferenceException(ErrorCode.UNAVAILABLE,
                    "the model did not answer within " + PATIENCE_SECONDS + " s", e);
        } catch (InterruptedException e) {
            cancel(answer);
            throw e;
        }
    }

    /** An answer that came in this very moment is given back. */
    private static void cancel(CompletableFuture<InferenceResult> answer) {
        if (!answer.cancel(false) && !answer.isCompletedExceptionally()) {
            answer.join().close();
        }
    }

    /** Stops the server in this process. */
    @Override
    public void close() {
        server.close();
    }
}
