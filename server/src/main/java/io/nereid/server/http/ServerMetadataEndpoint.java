package io.nereid.server.http;

import com.fasterxml.jackson.core.JsonGenerator;
import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.http.connection.HttpReply;
import io.netty.handler.codec.http.HttpMethod;

import java.io.IOException;
import java.util.List;

/**
 * {@code /v2}: who answers, and which extensions of the protocol it has.
 *
 * @param name the server's id
 * @param version the version of Triton it stands in for; clients look at it
 */
record ServerMetadataEndpoint(String name, String version) implements Endpoint.Immediate {
    private static final List<String> EXTENSIONS = List.of("classification", "model_configuration",
            "binary_tensor_data", "parameters", "statistics");

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
        json.writeStringField("name", name);
        json.writeStringField("version", version);
        json.writeArrayFieldStart("extensions");
        for (String extension : EXTENSIONS) {
            json.writeString(extension);
        }
        json.writeEndArray();
        json.writeEndObject();
    }
}
