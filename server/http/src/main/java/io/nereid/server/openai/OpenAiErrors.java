package io.nereid.server.openai;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.server.http.ErrorForm;
import io.nereid.server.http.codec.JsonWriter;
import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.http.connection.HttpReply;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpResponseStatus;
import org.jspecify.annotations.Nullable;

/**
 * Errors as both OpenAI's clients and those of Triton's front end read them: an object {@code error}, and {@code
 * detail}.
 */
final class OpenAiErrors implements ErrorForm {
    static final OpenAiErrors FORM = new OpenAiErrors();

    private OpenAiErrors() {}

    /** Of a model that is asked, the client is at fault where there is none; it is no unknown address. */
    static HttpResponseStatus status(InferenceException error) {
        return switch (error.code()) {
            case INTERNAL -> HttpResponseStatus.INTERNAL_SERVER_ERROR;
            case UNAVAILABLE -> HttpResponseStatus.SERVICE_UNAVAILABLE;
            case NOT_FOUND, UNSUPPORTED, UNKNOWN, INVALID_ARG, ALREADY_EXISTS, CANCELLED ->
                HttpResponseStatus.BAD_REQUEST;
        };
    }

    @Override
    public HttpReply of(HttpExchange exchange, InferenceException error) {
        return of(exchange, error, null);
    }

    /** The same of a member of the request; null where it is of none. */
    HttpReply of(HttpExchange exchange, InferenceException error, @Nullable String member) {
        return reply(exchange, status(error), error.text(), code(error), member, null).withRetryAfter(error);
    }

    @Override
    public HttpReply of(HttpExchange exchange, HttpResponseStatus status, String text) {
        return reply(exchange, status, text, null, null, null);
    }

    /** The same with OpenAI's word for what is wrong. */
    HttpReply of(HttpExchange exchange, HttpResponseStatus status, String text, String code) {
        return reply(exchange, status, text, code, null, null);
    }

    @Override
    public HttpReply restricted(HttpExchange exchange, String header) {
        return of(exchange, HttpResponseStatus.UNAUTHORIZED,
                "This API is restricted, expecting header '" + header + "' with valid value", "invalid_auth");
    }

    /** The reply to a body that is not what the route takes. */
    HttpReply of(HttpExchange exchange, Members.Fault fault, InferenceException error) {
        return reply(exchange, HttpResponseStatus.UNPROCESSABLE_ENTITY, error.text(), null,
                fault.path().isEmpty() ? null : fault.member(), fault);
    }

    private static @Nullable String code(InferenceException error) {
        return error.code() == ErrorCode.NOT_FOUND ? "model_not_found" : null;
    }

    private static HttpReply reply(HttpExchange exchange, HttpResponseStatus status, String text,
            @Nullable String code, @Nullable String member, Members.@Nullable Fault fault) {
        ByteBuf body = exchange.allocator().directBuffer(2 * text.length() + 256);
        write(body, status, text, code, member, fault);
        return HttpReply.of(status, HttpReply.JSON, body);
    }

    /** Writes {@code {"error":{...},"detail":...}}. */
    static void write(ByteBuf out, HttpResponseStatus status, String text, @Nullable String code,
            @Nullable String member, Members.@Nullable Fault fault) {
        JsonWriter json = new JsonWriter(out);
        try {
            json.raw("{\"error\":{\"message\":");
            json.string(text);
            json.raw(",\"type\":");
            json.string(type(status));
            json.raw(",\"param\":");
            writeOrNull(json, member);
            json.raw(",\"code\":");
            writeOrNull(json, code);
            json.raw("},\"detail\":");
            if (fault == null) {
                json.string(text);
            } else {
                writeFault(json, fault);
            }
            json.raw('}');
            json.flush();
        } catch (InferenceException e) {
            throw new IllegalArgumentException("an error's text is too long", e);
        }
    }

    private static void writeFault(JsonWriter json, Members.Fault fault) throws InferenceException {
        json.raw("[{\"type\":");
        json.string(fault.type());
        json.raw(",\"loc\":[\"body\"");
        for (String name : fault.path()) {
            json.raw(',');
            json.string(name);
        }
        json.raw("],\"msg\":");
        json.string(fault.text());
        json.raw("}]");
    }

    private static void writeOrNull(JsonWriter json, @Nullable String text) throws InferenceException {
        if (text == null) {
            json.raw("null");
        } else {
            json.string(text);
        }
    }

    private static String type(HttpResponseStatus status) {
        if (status.equals(HttpResponseStatus.UNAUTHORIZED)) {
            return "authentication_error";
        }
        return status.code() < 500 ? "invalid_request_error" : "server_error";
    }
}
