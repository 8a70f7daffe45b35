package io.nereid.server.http;

import com.fasterxml.jackson.core.JsonGenerator;
import io.nereid.inference.InferenceException;
import io.nereid.server.http.codec.RegionRequestReader;
import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.http.connection.HttpReply;
import io.nereid.server.sharedmemory.SharedMemory;
import io.nereid.server.sharedmemory.SystemRegion;
import io.netty.handler.codec.http.HttpResponseStatus;

import java.io.IOException;
import java.util.List;

/** {@code /v2/systemsharedmemory[/region/R]/...}; {@code region} is empty where the path names none. */
final class SystemRegionEndpoint {
    private SystemRegionEndpoint() {}

    /** Which regions there are. */
    record Status(SharedMemory memory, String region) implements RegionRoute.Status {
        @Override
        public HttpReply answer(HttpExchange exchange, ModelPath path) throws InferenceException {
            List<SystemRegion> regions = memory.system(region);
            return JsonReply.of(exchange, json -> write(json, regions));
        }

        private static void write(JsonGenerator json, List<SystemRegion> regions) throws IOException {
            json.writeStartArray();
            for (SystemRegion registered : regions) {
                json.writeStartObject();
                json.writeStringField("name", registered.name());
                json.writeStringField("key", registered.key());
                json.writeNumberField("offset", registered.offset());
                json.writeNumberField("byte_size", registered.byteSize());
                json.writeEndObject();
            }
            json.writeEndArray();
        }
    }

    /** Registers a region. */
    record Register(SharedMemory memory, String region) implements RegionRoute.Change {
        @Override
        public HttpReply answer(HttpExchange exchange, ModelPath path) throws InferenceException {
            memory.checkNamed(region, "system");
            RegionRequestReader.SystemRequest request = RegionRequestReader.readSystem(exchange.body().segment());
            memory.registerSystem(region, request.key(), request.offset(), request.byteSize());
            return HttpReply.empty(HttpResponseStatus.OK, HttpReply.JSON);
        }
    }

    /** Unregisters a region, or all. */
    record Unregister(SharedMemory memory, String region) implements RegionRoute.Change {
        @Override
        public HttpReply answer(HttpExchange exchange, ModelPath path) throws InferenceException {
            memory.unregisterSystem(region);
            return HttpReply.empty(HttpResponseStatus.OK, HttpReply.JSON);
        }
    }
}
