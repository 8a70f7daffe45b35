package io.nereid.server.openapi;

import io.nereid.inference.InferenceException;
import io.nereid.inference.TensorAllocator;
import io.nereid.server.http.Endpoint;
import io.nereid.server.http.ModelPath;
import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.ledger.Charge;
import io.nereid.server.ledger.Resource;
import io.nereid.server.protocol.ApiCategory;
import io.netty.handler.codec.http.HttpMethod;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.List;

/**
 * {@code /v2/openapi.json}: made anew for each request, on a virtual thread, and sent as it is made. However slowly the
 * client reads, it takes {@link DescriptionStream#MOST_BYTES} of native memory, and of the heap what
 * {@link ApiDescription#heapBytes} says: the connection is charged with both.
 */
record DescriptionEndpoint(ApiDescription description) implements Endpoint.Deferred {
    private static final Logger LOG = LoggerFactory.getLogger(DescriptionEndpoint.class);

    @Override
    public ApiCategory category() {
        return ApiCategory.METADATA;
    }

    /** Batch sizes and the like are the configuration's. */
    @Override
    public List<ApiCategory> alsoOf() {
        return List.of(ApiCategory.MODEL_CONFIG);
    }

    @Override
    public HttpMethod method() {
        return HttpMethod.GET;
    }

    @Override
    public TensorAllocator memoryFor(ModelPath path, TensorAllocator otherwise) {
        return otherwise;
    }

    @Override
    public void handle(HttpExchange exchange, ModelPath path) {
        exchange.body().release();
        Charge buffers = new Charge(exchange.account(), Resource.NATIVE);
        Charge heap = new Charge(exchange.account(), Resource.HEAP);
        DescriptionStream stream = new DescriptionStream(exchange, () -> {
            buffers.release();
            heap.release();
        });
        Thread.ofVirtual().name("openapi").start(() -> send(stream, buffers, heap));
    }

    /** A border: whatever goes wrong is an answer too, for there is nobody else who would give one. */
    private void send(DescriptionStream stream, Charge buffers, Charge heap) {
        try {
            buffers.add(DescriptionStream.MOST_BYTES);
            heap.add(description.heapBytes());
            description.write(stream);
            stream.end();
        } catch (InferenceException e) {
            stream.fail(e);
        } catch (IOException e) {
            LOG.debug("the client has gone", e);
            stream.end();
        } catch (RuntimeException | Error e) {
            LOG.error("the description of the API could not be written", e);
            stream.fail(InferenceException.ofInternalError(e));
        }
    }
}
