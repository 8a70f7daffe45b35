package io.nereid.server.http;

import com.fasterxml.jackson.core.JsonGenerator;
import io.nereid.inference.InferenceException;
import io.nereid.server.http.codec.RegionRequestReader;
import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.http.connection.HttpReply;
import io.nereid.server.inference.CodecThreads;
import io.nereid.server.protocol.ApiCategory;
import io.nereid.server.sharedmemory.CudaRegion;
import io.nereid.server.sharedmemory.SharedMemory;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.List;

/**
 * {@code /v2/cudasharedmemory[/region/R]/...}; {@code region} is empty where the path names none. What calls CUDA's driver
 * may take a second, and does so beside the event loop.
 */
final class CudaRegionEndpoint {
    private static final Logger LOG = LoggerFactory.getLogger(CudaRegionEndpoint.class);

    private CudaRegionEndpoint() {}

    /** Which regions there are. */
    record Status(SharedMemory memory, String region) implements Endpoint.Immediate {
        @Override
        public ApiCategory category() {
            return ApiCategory.SHARED_MEMORY;
        }

        @Override
        public HttpMethod method() {
            return HttpMethod.GET;
        }

        @Override
        public HttpReply answer(HttpExchange exchange, ModelPath path) throws InferenceException {
            List<CudaRegion> regions = memory.cuda(region);
            return JsonReply.of(exchange, json -> write(json, regions));
        }

        private static void write(JsonGenerator json, List<CudaRegion> regions) throws IOException {
            json.writeStartArray();
            for (CudaRegion registered : regions) {
                json.writeStartObject();
                json.writeStringField("name", registered.name());
                json.writeNumberField("device_id", registered.deviceId());
                json.writeNumberField("byte_size", registered.byteSize());
                json.writeEndObject();
            }
            json.writeEndArray();
        }
    }

    /** Registers a region. */
    record Register(SharedMemory memory, String region, CodecThreads threads) implements Change {
        @Override
        public void change(HttpExchange exchange) throws InferenceException {
            memory.checkClientsAllowed();
            RegionRequestReader.CudaRequest request = RegionRequestReader.readCuda(exchange.body().segment());
            memory.registerCuda(region, request.rawHandle(), request.deviceId(), request.byteSize());
        }
    }

    /** Unregisters a region, or all. */
    record Unregister(SharedMemory memory, String region, CodecThreads threads) implements Change {
        @Override
        public void change(HttpExchange exchange) throws InferenceException {
            memory.unregisterCuda(region);
        }
    }

    /** What is done beside the event loop, and is answered with nothing but its success. */
    sealed interface Change extends Endpoint.Deferred {
        /** Where it is done. */
        CodecThreads threads();

        /** Does it. */
        void change(HttpExchange exchange) throws InferenceException;

        @Override
        default ApiCategory category() {
            return ApiCategory.SHARED_MEMORY;
        }

        @Override
        default HttpMethod method() {
            return HttpMethod.POST;
        }

        @Override
        default void handle(HttpExchange exchange, ModelPath path) {
            threads().executor(Long.MAX_VALUE, Runnable::run).execute(() -> exchange.reply(outcome(exchange)));
        }

        private HttpReply outcome(HttpExchange exchange) {
            try {
                change(exchange);
                return HttpReply.empty(HttpResponseStatus.OK, HttpReply.JSON);
            } catch (InferenceException e) {
                return ErrorReply.of(exchange, e, HttpReply.JSON);
            } catch (RuntimeException | Error e) { // unanswered, the client would wait for ever
                LOG.error("{} failed", exchange.target(), e);
                return ErrorReply.of(exchange, InferenceException.ofDefect(e), HttpReply.JSON);
            } finally {
                exchange.body().release();
            }
        }
    }
}
