package io.nereid.server.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.ModelRepositoryException;
import io.nereid.modelrepo.OverrideFiles;
import io.nereid.server.http.codec.BodyKind;
import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.model.control.LoadErrors;
import io.nereid.server.model.control.LoadOverride;
import io.nereid.server.model.control.UnloadRequest;
import io.nereid.server.model.control.VersionNumber;
import io.nereid.server.protocol.RequestLimits;
import io.netty.buffer.ByteBufInputStream;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Reads what clients say when they list, load or unload models; a body may be empty. Conditions, codes and texts are
 * Triton's (docs/compatibility.md). Files go to the disk as they are read. Not thread-safe: one for each request.
 */
final class RepositoryRequestReader implements AutoCloseable {
    private static final String FILE = "file:";
    private static final String VERSION = "version";
    /** A file is written in pieces of so many bytes; the JSON parser's own are a few hundred. */
    private static final int FILE_PIECE_BYTES = 64 << 10;
    /** A part of its texts that a client cannot do anything with. */
    private static final String WHERE_JACKSON_SAYS_SO = ", from `[^`]*`";
    /** Another: where what is not closed began, which for the body as a whole says nothing. */
    private static final String WHERE_JACKSON_READS = " \\(start marker at \\[.*]\\)";

    private final JsonParser json;
    private final RequestLimits limits;
    /** How many of the bytes read so far are files. */
    private long fileBytes;
    private int parameters;
    private Optional<String> config = Optional.empty();
    private OptionalLong version = OptionalLong.empty();
    private boolean dependents;
    private @Nullable OverrideFiles files;

    private RepositoryRequestReader(InputStream body, RequestLimits limits) throws IOException {
        this.json = JsonFactory.builder().streamReadConstraints(StreamReadConstraints.builder()
                .maxNameLength(limits.maxHeadBytes()).maxStringLength(limits.maxHeadBytes()).build()).build()
                .createParser(body);
        this.limits = limits;
    }

    /** Something of a request that may be wrong JSON. */
    private interface Reading<T> {
        T of(RepositoryRequestReader reader) throws IOException, InferenceException;
    }

    /** Whether an index is to list ready versions only: {@code {"ready":true}}. */
    static boolean readyOnly(HttpExchange exchange, RequestLimits limits) throws InferenceException {
        return read(exchange.body().segment(), limits, RepositoryRequestReader::readyOnly, false);
    }

    /**
     * What a load has in place of the repository's, or which version it is about: {@code
     * {"parameters":{"config":"...","file:1/model.onnx":"...","version":"1"}}}.
     */
    static LoadOverride load(HttpExchange exchange, String model, RequestLimits limits) throws InferenceException {
        return load(exchange.body().segment(), model, limits);
    }

    /** The same of a body, which may be empty. However long its files are, no more than a piece of one is on the heap. */
    static LoadOverride load(MemorySegment body, String model, RequestLimits limits) throws InferenceException {
        try {
            return read(body, limits, RepositoryRequestReader::override, LoadOverride.NONE);
        } catch (ModelRepositoryException e) {
            throw LoadErrors.unreadable(model, e);
        }
    }

    /** What is to be unloaded: {@code {"parameters":{"unload_dependents":true,"version":"1"}}}. */
    static UnloadRequest unload(HttpExchange exchange, RequestLimits limits) throws InferenceException {
        return unload(exchange.body().segment(), limits);
    }

    /** The same of a body, which may be empty. */
    static UnloadRequest unload(MemorySegment body, RequestLimits limits) throws InferenceException {
        return read(body, limits, RepositoryRequestReader::unload, UnloadRequest.WHOLE);
    }

    private static <T> T read(MemorySegment body, RequestLimits limits, Reading<T> reading, T ofEmpty)
            throws InferenceException {
        if (body.byteSize() == 0) {
            return ofEmpty;
        }
        InputStream bytes = new ByteBufInputStream(Unpooled.wrappedBuffer(body.asByteBuffer()));
        try (RepositoryRequestReader reader = new RepositoryRequestReader(bytes, limits)) {
            return reading.of(reader);
        } catch (StreamConstraintsException e) {
            throw new InferenceException(ErrorCode.INVALID_ARG, "the request's JSON is beyond a limit: "
                    + e.getOriginalMessage().replaceAll(WHERE_JACKSON_SAYS_SO, "")
                    + ". Use --max-request-head-size to increase the limit of a string", e);
        } catch (JsonProcessingException e) {
            throw BodyKind.explain(
                    new InferenceException(ErrorCode.INTERNAL, "failed to parse the request JSON buffer: "
                            + e.getOriginalMessage().replaceAll(WHERE_JACKSON_READS, "") + offset(e.getLocation()), e),
                    body,
                    "{\"parameters\":{...}}, {\"ready\":true} or nothing at all");
        } catch (IOException e) { // the body is in memory: it is the disk
            throw new InferenceException(ErrorCode.INTERNAL, "failed to keep the files of the load request: " + e, e);
        }
    }

    private static String offset(@Nullable JsonLocation location) {
        return location == null ? "" : " at " + location.getByteOffset();
    }

    /**
     * The next token. What a client can make as many of as it likes is limited here; the limit of texts is the
     * parser's.
     */
    private @Nullable JsonToken next() throws IOException, InferenceException {
        JsonToken token = json.nextToken();
        limits.checkHead(json.currentLocation().getByteOffset() - fileBytes);
        if (token == JsonToken.FIELD_NAME) {
            limits.checkString(json.currentName().getBytes(StandardCharsets.UTF_8).length);
        }
        return token;
    }

    /** Passes over the rest of the value whose first token was the last one. */
    private void skip() throws IOException, InferenceException {
        JsonToken token = json.currentToken();
        int open = token != null && token.isStructStart() ? 1 : 0;
        while (open > 0 && token != null) {
            token = next();
            if (token != null) {
                open += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
            }
        }
    }

    private boolean readyOnly() throws IOException, InferenceException {
        boolean ready = false;
        enterObject();
        while (next() == JsonToken.FIELD_NAME) {
            boolean isReady = json.currentName().equals("ready");
            JsonToken value = next();
            if (isReady && (value == null || !value.isBoolean())) {
                throw new InferenceException(ErrorCode.INVALID_ARG, "Invalid value for 'ready': expected a boolean");
            }
            ready = isReady ? value == JsonToken.VALUE_TRUE : ready;
            skip();
        }
        return ready;
    }

    private UnloadRequest unload() throws IOException, InferenceException {
        if (next() != JsonToken.START_OBJECT) {
            skip();
            return UnloadRequest.WHOLE;
        }
        while (next() == JsonToken.FIELD_NAME) {
            boolean isParameters = json.currentName().equals("parameters");
            if (next() == JsonToken.START_OBJECT && isParameters) {
                readUnloadParameters();
            } else {
                skip();
            }
        }
        return new UnloadRequest(version, dependents);
    }

    private void readUnloadParameters() throws IOException, InferenceException {
        while (next() == JsonToken.FIELD_NAME) {
            limits.checkParameters(++parameters);
            String name = json.currentName();
            JsonToken value = next();
            if (name.equals(VERSION)) {
                version = readVersion();
            } else if (name.equals("unload_dependents")) {
                if (value == null || !value.isBoolean()) {
                    throw new InferenceException(ErrorCode.INVALID_ARG,
                            "Invalid value for 'unload_dependents': expected a boolean");
                }
                dependents |= value == JsonToken.VALUE_TRUE;
            }
            skip();
        }
    }

    /** A number, or a text that is one. */
    private OptionalLong readVersion() throws IOException, InferenceException {
        JsonToken value = json.currentToken();
        if (value != JsonToken.VALUE_STRING && value != JsonToken.VALUE_NUMBER_INT) {
            throw new InferenceException(ErrorCode.INVALID_ARG,
                    "Invalid value for 'version': expected the number of a version, as a string or a number");
        }
        return OptionalLong.of(VersionNumber.parse(json.getText()));
    }

    private LoadOverride override() throws IOException, InferenceException {
        enterObject();
        while (next() == JsonToken.FIELD_NAME) {
            boolean isParameters = json.currentName().equals("parameters");
            next();
            if (isParameters) {
                if (json.currentToken() != JsonToken.START_OBJECT) {
                    throw new InferenceException(ErrorCode.INTERNAL, "attempt to get members for non-object:"
                            + " 'parameters' of the load request (expected an object)");
                }
                readParameters();
            } else {
                skip();
            }
        }
        LoadOverride override = new LoadOverride(config, files).ofVersion(version);
        files = null; // no longer ours to delete
        return override;
    }

    private void enterObject() throws IOException, InferenceException {
        if (next() != JsonToken.START_OBJECT) {
            throw new InferenceException(ErrorCode.INTERNAL,
                    "failed to parse the request JSON buffer: expected an object, got " + json.currentToken());
        }
    }

    private void readParameters() throws IOException, InferenceException {
        while (next() == JsonToken.FIELD_NAME) {
            limits.checkParameters(++parameters);
            String name = json.currentName();
            JsonToken value = next();
            if (name.equals(VERSION)) {
                version = readVersion();
                continue;
            }
            if (value != JsonToken.VALUE_STRING) {
                throw new InferenceException(ErrorCode.INTERNAL, "Unable to parse parameter '" + name
                        + "': attempt to access JSON non-string as string");
            }
            if (name.equals("config")) {
                config = Optional.of(json.getText());
            } else if (name.startsWith(FILE)) {
                readFile(name, name.substring(FILE.length()));
            } else {
                throw new InferenceException(ErrorCode.INTERNAL, "unexpected error on creating Triton parameter '"
                        + name + "' (expected 'config', 'version' or 'file:<version>/<file name>')");
            }
        }
    }

    private void readFile(String parameter, String path) throws IOException, InferenceException {
        if (files == null) {
            files = new OverrideFiles();
        }
        long start = json.currentLocation().getByteOffset();
        try (OutputStream file = new BufferedOutputStream(files.create(path), FILE_PIECE_BYTES)) {
            json.readBinaryValue(file);
        } catch (IllegalArgumentException e) {
            throw new InferenceException(ErrorCode.INVALID_ARG, "Unable to parse parameter '" + parameter
                    + "': no valid base64 (expected the bytes of the file in base64)", e);
        }
        fileBytes += json.currentLocation().getByteOffset() - start;
    }

    /** Deletes what was written for a request that was not good. */
    @Override
    public void close() throws IOException {
        json.close();
        if (files != null) {
            files.close();
        }
    }
}
