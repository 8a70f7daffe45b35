package io.nereid.server.http;

import com.fasterxml.jackson.core.JsonGenerator;
import io.nereid.inference.InferenceException;
import io.nereid.server.http.codec.RegionRequestReader;
import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.http.connection.HttpReply;
import io.nereid.server.sharedmemory.CudaRegion;
import io.nereid.server.sharedmemory.SharedMemory;
import io.netty.handler.codec.http.HttpResponseStatus;

import java.io.IOException;
import java.util.List;

/**
 * {@code /v2/cudasharedmemory[/region/R]/...}; {@code region} is empty where the path names none. What calls CUDA's
 * driver may take a second, and does so beside the event loop.
 */
final class CudaRegionEndpoint {
    private CudaRegionEndpoint() {}

    /** Which regions there are. */
    record Status(SharedMemory memory, String region) implements RegionRoute.Status {
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
    record Register(SharedMemory memory, String region) implements RegionRoute.SlowChange {
        @Override
        public HttpReply answer(HttpExchange exchange, ModelPath path) throws InferenceException {
            memory.checkNamed(region, "cuda");
            RegionRequestReader.CudaRequest request = RegionRequestReader.readCuda(exchange.body().segment());
            memory.registerCuda(region, request.rawHandle(), request.deviceId(), request.byteSize());
            return HttpReply.empty(HttpResponseStatus.OK, HttpReply.JSON);
        }
    }

    /** Unregisters a region, or all. */
    record Unregister(SharedMemory memory, String region) implements RegionRoute.SlowChange {
        @Override
        public HttpReply answer(HttpExchange exchange, ModelPath path) throws InferenceException {
            memory.unregisterCuda(region);
            return HttpReply.empty(HttpResponseStatus.OK, HttpReply.JSON);
        }
    }
}
