package io.nereid.server.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.http.connection.HttpReply;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufOutputStream;
import io.netty.handler.codec.http.HttpResponseStatus;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;

/** Writes the JSON of answers about models; inference has its own codec. */
public final class JsonReply {
    private static final JsonFactory JSON = new JsonFactory();

    private JsonReply() {}

    /** Writes one document. */
    public interface Document {
        /** Writes the whole of it; to memory, so that the generator itself never fails. */
        void writeTo(JsonGenerator json) throws IOException;
    }

    /** A reply 200 with the document. What the document throws goes to the caller, and nothing is held then. */
    public static HttpReply of(HttpExchange exchange, Document document) {
        ByteBuf body = exchange.allocator().directBuffer();
        try (JsonGenerator json = JSON.createGenerator((OutputStream) new ByteBufOutputStream(body))) {
            document.writeTo(json);
        } catch (IOException e) {
            body.release();
            throw new UncheckedIOException("writing to memory failed", e);
        } catch (RuntimeException | Error e) {
            body.release();
            throw e;
        }
        return HttpReply.of(HttpResponseStatus.OK, HttpReply.JSON, body);
    }
}
