package io.nereid.server.http;

import io.nereid.inference.InferenceException;
import io.nereid.server.http.codec.LogSettingsReader;
import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.http.connection.HttpReply;
import io.nereid.server.logging.LogSettings;
import io.nereid.server.logging.LoggingConfig;
import io.nereid.server.protocol.ApiCategory;
import io.netty.handler.codec.http.HttpMethod;

import java.nio.file.Path;

/** {@code /v2/logging}: the log's settings; POST changes them. */
record LoggingEndpoint(LogSettings settings) implements Endpoint.Immediate {
    @Override
    public ApiCategory category() {
        return ApiCategory.LOGGING;
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
        LoggingConfig shown = exchange.method().equals(HttpMethod.POST)
                ? settings.update(LogSettingsReader.read(exchange.body().segment()))
                : settings.current();
        return JsonReply.of(exchange, json -> {
            json.writeStartObject();
            json.writeStringField(LogSettings.FILE, shown.file().map(Path::toString).orElse(""));
            json.writeBooleanField(LogSettings.INFO, shown.info());
            json.writeBooleanField(LogSettings.WARNING, shown.warning());
            json.writeBooleanField(LogSettings.ERROR, shown.error());
            json.writeNumberField(LogSettings.VERBOSE, shown.verbose());
            json.writeStringField(LogSettings.FORMAT, shown.format().word());
            json.writeEndObject();
        });
    }
}
