package io.nereid.server.grpc.codec;

import io.nereid.inference.InferenceException;
import io.nereid.server.protocol.RequestLimits;

import java.io.IOException;
import java.io.OutputStream;

/**
 * Reads one RepositoryModelLoadRequest, once and forward: the files in it go where the receiver wants them as they
 * pass, and never onto the heap. Not thread-safe. Writing blocks, so this runs on no event loop.
 */
public final class LoadRequestReader {
    private static final int REPOSITORY_NAME = 1 << 3 | ProtoReader.BYTES;
    private static final int MODEL_NAME = 2 << 3 | ProtoReader.BYTES;
    private static final int PARAMETERS = 3 << 3 | ProtoReader.BYTES;
    private static final int KEY = 1 << 3 | ProtoReader.BYTES;
    private static final int VALUE = 2 << 3 | ProtoReader.BYTES;
    private static final int INT64_PARAM = 2 << 3 | ProtoReader.VARINT;
    private static final int STRING_PARAM = 3 << 3 | ProtoReader.BYTES;
    private static final int BYTES_PARAM = 4 << 3 | ProtoReader.BYTES;
    private static final String CONFIG = "config";
    private static final String VERSION = "version";
    private static final String FILE = "file:";

    private final ProtoReader in;
    private final Receiver receiver;
    private String repository = "";
    private String model = "";
    private boolean named;
    private int parameters;

    /** Takes what a request brings, in the order of the message. */
    public interface Receiver {
        /** The names, before everything else. */
        void names(String repository, String model) throws InferenceException;

        /** The configuration in JSON; of several the last one counts. */
        void config(String json) throws InferenceException;

        /** The number of the one version to load; of several the last one counts. */
        void version(String number) throws InferenceException;

        /** A file under the path it is to have; what this returns is written and closed before the next call. */
        OutputStream file(String path) throws IOException, InferenceException;
    }

    private LoadRequestReader(ProtoReader in, Receiver receiver) {
        this.in = in;
        this.receiver = receiver;
    }

    /**
     * Reads a message of {@code length} bytes.
     *
     * @throws InferenceException INVALID_ARG if it is malformed, has a parameter that a load does not take, or is
     *             beyond a limit; and what the receiver throws
     * @throws IOException if a file cannot be written
     */
    public static void read(MessagePieces pieces, long length, RequestLimits limits, Receiver receiver)
            throws IOException, InferenceException {
        new LoadRequestReader(new ProtoReader(pieces, length, limits), receiver).read();
    }

    private void read() throws IOException, InferenceException {
        for (int tag = in.tag(); tag != 0; tag = in.tag()) {
            switch (tag) {
                case REPOSITORY_NAME -> repository = nameBeforeParameters();
                case MODEL_NAME -> model = nameBeforeParameters();
                case PARAMETERS -> readParameter();
                default -> in.skip(tag);
            }
        }
        giveNames();
    }

    private String nameBeforeParameters() throws InferenceException {
        if (named) {
            throw ProtoReader.malformed("a name comes behind the parameters");
        }
        return in.text();
    }

    private void giveNames() throws InferenceException {
        if (!named) {
            named = true;
            receiver.names(repository, model);
        }
    }

    private void readParameter() throws IOException, InferenceException {
        giveNames();
        in.limits().checkParameters(++parameters);
        String name = "";
        boolean hasValue = false;
        long outer = in.enter();
        for (int tag = in.tag(); tag != 0; tag = in.tag()) {
            switch (tag) {
                case KEY -> name = keyBeforeValue(hasValue);
                case VALUE -> {
                    hasValue = true;
                    readValue(name);
                }
                default -> in.skip(tag);
            }
        }
        in.leave(outer);
        if (!hasValue) {
            throw wrongType(name);
        }
    }

    private String keyBeforeValue(boolean hasValue) throws InferenceException {
        if (hasValue) {
            throw ProtoReader.malformed("the key of a parameter comes behind its value");
        }
        return in.text();
    }

    private void readValue(String name) throws IOException, InferenceException {
        int expected = formOf(name);
        boolean read = false;
        long outer = in.enter();
        for (int tag = in.tag(); tag != 0; tag = in.tag()) {
            boolean taken = tag == expected || (tag == INT64_PARAM && name.equals(VERSION));
            if (tag >>> 3 <= BYTES_PARAM >>> 3 && !taken) {
                throw wrongType(name);
            }
            if (taken) {
                take(name, tag);
                read = true;
            } else {
                in.skip(tag);
            }
        }
        in.leave(outer);
        if (!read) {
            throw wrongType(name);
        }
    }

    private void take(String name, int tag) throws IOException, InferenceException {
        if (name.equals(VERSION)) {
            receiver.version(tag == INT64_PARAM ? Long.toString(in.varint()) : in.text());
        } else if (name.equals(CONFIG)) {
            receiver.config(in.document());
        } else {
            readFile(name.substring(FILE.length()));
        }
    }

    private void readFile(String path) throws IOException, InferenceException {
        long length = in.length();
        try (OutputStream file = receiver.file(path)) {
            in.copyTo(file, length);
        }
    }

    private static int formOf(String name) throws InferenceException {
        if (name.equals(CONFIG) || name.equals(VERSION)) {
            return STRING_PARAM;
        }
        if (name.startsWith(FILE)) {
            return BYTES_PARAM;
        }
        throw Parameter.invalid("unrecognized load parameter '" + name + "'.");
    }

    private static InferenceException wrongType(String name) throws InferenceException {
        return Parameter.invalid("invalid value type for load parameter '" + name + "', expected "
                + (name.equals(VERSION) ? "string_param or int64_param"
                        : formOf(name) == STRING_PARAM ? "string_param" : "bytes_param")
                + ".");
    }
}
