package io.nereid.server.http;

import com.fasterxml.jackson.core.JsonGenerator;
import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.http.connection.HttpReply;
import io.nereid.server.protocol.ApiCategory;
import io.nereid.server.protocol.ServerMetadata;
import io.netty.handler.codec.http.HttpMethod;

import java.io.IOException;

/** {@code /v2}: who answers, and which extensions of the protocol it has. */
record ServerMetadataEndpoint(ServerMetadata server) implements Endpoint.Immediate {
    @Override
    public ApiCategory category() {
        return ApiCategory.METADATA;
    }

    @Override
    public HttpMethod method() {
        return HttpMethod.GET;
    }

    @Override
    public HttpReply answer(HttpExchange exchange, ModelPath path) {
        return JsonReply.of(exchange, this::write);
    }

    private void write(JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeStringField("name", server.name());
        json.writeStringField("version", server.version());
        json.writeArrayFieldStart("extensions");
        for (String extension : server.extensions()) {
            json.writeString(extension);
        }
        json.writeEndArray();
        json.writeEndObject();
    }
}
