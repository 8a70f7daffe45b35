package io.nereid.server.http;

import com.fasterxml.jackson.core.JsonGenerator;
import io.nereid.inference.InferenceException;
import io.nereid.server.http.codec.TraceSettingsReader;
import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.http.connection.HttpReply;
import io.nereid.server.protocol.ApiCategory;
import io.nereid.server.tracing.TraceService;
import io.nereid.server.tracing.TraceSettingsUpdate;
import io.netty.handler.codec.http.HttpMethod;

import java.io.IOException;
import java.util.List;
import java.util.Map;

/** {@code /v2[/models/M]/trace/setting}: which requests are traced; POST changes that. */
record TraceEndpoint(TraceService traces) implements Endpoint.Immediate {
    @Override
    public ApiCategory category() {
        return ApiCategory.TRACE;
    }

    @Override
    public HttpMethod method() {
        return HttpMethod.GET;
    }

    @Override
    public boolean accepts(HttpMethod asked) {
        return asked.equals(HttpMethod.GET) || asked.equals(HttpMethod.POST);
    }

    @Override
    public HttpReply answer(HttpExchange exchange, ModelPath path) throws InferenceException {
        traces.checkModel(path.model());
        TraceSettingsUpdate update = exchange.method().equals(HttpMethod.POST)
                ? TraceSettingsReader.read(exchange.body().segment())
                : TraceSettingsUpdate.NONE;
        Map<String, List<String>> shown = traces.apply(path.model(), update);
        return JsonReply.of(exchange, json -> write(json, shown));
    }

    private static void write(JsonGenerator json, Map<String, List<String>> shown) throws IOException {
        json.writeStartObject();
        for (Map.Entry<String, List<String>> setting : shown.entrySet()) {
            if (setting.getKey().equals(TraceSettingsUpdate.LEVEL)) {
                json.writeArrayFieldStart(setting.getKey());
                for (String level : setting.getValue()) {
                    json.writeString(level);
                }
                json.writeEndArray();
            } else {
                json.writeStringField(setting.getKey(), setting.getValue().getFirst());
            }
        }
        json.writeEndObject();
    }
}
