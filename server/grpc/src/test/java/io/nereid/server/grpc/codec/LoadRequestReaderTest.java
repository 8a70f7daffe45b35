package io.nereid.server.grpc.codec;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.sun.management.ThreadMXBean;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.server.grpc.proto.ModelRepositoryParameter;
import io.nereid.server.grpc.proto.RepositoryModelLoadRequest;
import io.nereid.server.protocol.RequestLimits;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.LongAdder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class LoadRequestReaderTest {
    private final List<String> received = new ArrayList<>();
    private final List<ByteArrayOutputStream> files = new ArrayList<>();
    private int open;

    private final LoadRequestReader.Receiver receiver = new LoadRequestReader.Receiver() {
        @Override
        public void names(String repository, String model) {
            received.add("names " + repository + " " + model);
        }

        @Override
        public void config(String json) {
            received.add("config " + json);
        }

        @Override
        public void version(String number) {
            received.add("version " + number);
        }

        @Override
        public OutputStream file(String path) {
            received.add("file " + path);
            open++;
            ByteArrayOutputStream file = new ByteArrayOutputStream() {
                @Override
                public void close() {
                    open--;
                }
            };
            files.add(file);
            return file;
        }
    };

    private void read(byte[] message, int pieceBytes) throws IOException, InferenceException {
        LoadRequestReader.read(Pieces.of(message, pieceBytes), message.length, RequestLimits.DEFAULT, receiver);
        assertThat(open).isZero();
    }

    private void refused(byte[] message, String text) {
        assertThatExceptionOfType(InferenceException.class).isThrownBy(() -> read(message, 7)).withMessage(text)
                .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARG));
        assertThat(open).as("files left open").isZero();
    }

    /** Counts the bytes of files. */
    private record Counting(LongAdder written) implements LoadRequestReader.Receiver {
        @Override
        public void names(String repository, String model) {
            // not counted
        }

        @Override
        public void config(String json) {
            // not counted
        }

        @Override
        public void version(String number) {
            // not counted
        }

        @Override
        public OutputStream file(String path) {
            return new OutputStream() {
                @Override
                public void write(int one) {
                    written.increment();
                }

                @Override
                public void write(byte[] bytes, int offset, int length) {
                    written.add(length);
                }
            };
        }
    }

    private static ModelRepositoryParameter text(String value) {
        return ModelRepositoryParameter.newBuilder().setStringParam(value).build();
    }

    private static ModelRepositoryParameter bytes(byte... value) {
        return ModelRepositoryParameter.newBuilder().setBytesParam(ByteString.copyFrom(value)).build();
    }

    private static RepositoryModelLoadRequest.Builder request() {
        return RepositoryModelLoadRequest.newBuilder().setModelName("m");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 1000, 1 << 20})
    void read_configAndFiles_reachTheReceiverInTheirOrder(int pieceBytes) throws Exception {
        byte[] weights = new byte[200_000];
        new Random(1).nextBytes(weights);
        read(request().setRepositoryName("r").putParameters("config", text("{\"é\":1}"))
                .putParameters("file:1/weights", bytes(weights)).putParameters("file:1/empty", bytes()).build()
                .toByteArray(), pieceBytes);
        assertThat(received).containsExactly("names r m", "config {\"é\":1}", "file 1/weights", "file 1/empty");
        assertThat(files.get(0).toByteArray()).isEqualTo(weights);
        assertThat(files.get(1).toByteArray()).isEmpty();
    }

    @Test
    void read_longFile_isNeverWholeOnTheHeap() throws Exception {
        byte[] message = request().putParameters("file:1/weights", bytes(new byte[24 << 20])).build().toByteArray();
        MessagePieces pieces = Pieces.of(message, 64 << 10);
        read(request().putParameters("file:1/weights", bytes(new byte[1000])).build().toByteArray(), 100);
        LongAdder written = new LongAdder();
        ThreadMXBean threads = ManagementFactory.getPlatformMXBean(ThreadMXBean.class);

        long before = threads.getCurrentThreadAllocatedBytes();
        LoadRequestReader.read(pieces, message.length, RequestLimits.DEFAULT, new Counting(written));
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;

        assertThat(written.sum()).isEqualTo(24 << 20);
        assertThat(allocated).as("64 KiB at a time, and the pieces' views").isLessThan(1 << 20);
    }

    @Test
    void read_version_isTextOrNumber() throws Exception {
        read(request().putParameters("version", text("3")).build().toByteArray(), 5);
        read(request().putParameters("version", ModelRepositoryParameter.newBuilder().setInt64Param(12).build()).build()
                .toByteArray(), 5);
        assertThat(received).containsExactly("names  m", "version 3", "names  m", "version 12");
        refused(request().putParameters("version", bytes((byte) 3)).build().toByteArray(),
                "invalid value type for load parameter 'version', expected string_param or int64_param.");
    }

    @Test
    void read_withoutParameters_givesTheNames() throws Exception {
        read(request().build().toByteArray(), 5);
        read(new byte[0], 5);
        assertThat(received).containsExactly("names  m", "names  ");
    }

    @Test
    void read_configOfAMegabyte_isNoLongString() throws Exception {
        String config = "x".repeat((1 << 20) - 100);
        read(request().putParameters("config", text(config)).build().toByteArray(), 100_000);
        assertThat(received.getLast()).hasSize("config ".length() + config.length());
        refused(request().putParameters("config", text("x".repeat(1 << 20))).build().toByteArray(),
                "request has 1048583 or more bytes that are no tensor's data (expected at most 1048576 bytes). Use "
                        + "--max-request-head-size to increase the limit.");
    }

    @Test
    void read_moreParametersThanAllowed_isRefused() {
        RepositoryModelLoadRequest.Builder many = request();
        for (int i = 0; i < 4097; i++) {
            many.putParameters("file:1/x" + i, bytes());
        }
        refused(many.build().toByteArray(), "request has 4097 or more parameters (expected at most 4096). Use "
                + "--max-request-parameters to increase the limit.");
        assertThat(files).hasSize(4096);
    }

    @Test
    void read_longName_isRefused() {
        refused(request().setModelName("x".repeat(65_537)).build().toByteArray(),
                "request has a name, id, key or string parameter of 65537 bytes (expected at most 65536 bytes). Use "
                        + "--max-request-string-size to increase the limit.");
    }

    @Test
    void read_parameterOfTheWrongType_isRefused() {
        String file = "invalid value type for load parameter 'file:1/x', expected bytes_param.";
        String config = "invalid value type for load parameter 'config', expected string_param.";
        refused(request().putParameters("file:1/x", text("x")).build().toByteArray(), file);
        refused(request().putParameters("config", bytes((byte) 1)).build().toByteArray(), config);
        refused(request().putParameters("config", ModelRepositoryParameter.newBuilder().setBoolParam(true).build())
                .build().toByteArray(), config);
        refused(request().putParameters("config", ModelRepositoryParameter.getDefaultInstance()).build().toByteArray(),
                config);
        refused(request().putParameters("other", text("x")).build().toByteArray(),
                "unrecognized load parameter 'other'.");
    }

    private interface Writing {
        void write(CodedOutputStream out) throws IOException;
    }

    private static byte[] message(Writing writing) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        writing.write(out);
        out.flush();
        return bytes.toByteArray();
    }

    @Test
    void read_entryWithoutAValue_isRefused() throws Exception {
        byte[] entry = message(out -> out.writeString(1, "config"));
        refused(message(out -> out.writeByteArray(3, entry)),
                "invalid value type for load parameter 'config', expected string_param.");
    }

    @Test
    void read_valueBeforeItsKey_isRefused() throws Exception {
        byte[] entry = message(out -> {
            out.writeMessage(2, text("{}"));
            out.writeString(1, "config");
        });
        refused(message(out -> out.writeByteArray(3, entry)), "unrecognized load parameter ''.");
    }

    @Test
    void read_nameBehindParameters_isMalformed() throws Exception {
        byte[] before = request().putParameters("config", text("{}")).build().toByteArray();
        byte[] name = message(out -> out.writeString(2, "other"));
        refused(message(out -> {
            out.writeRawBytes(before);
            out.writeRawBytes(name);
        }), "the request message is malformed: a name comes behind the parameters");
    }

    @Test
    void read_cutAnywhere_isMalformedAndLeavesNoFileOpen() {
        byte[] whole = request().putParameters("config", text("{}")).putParameters("file:1/x", bytes(new byte[50]))
                .build().toByteArray();
        int good = 0;
        for (int length = 0; length < whole.length; length++) {
            byte[] part = java.util.Arrays.copyOf(whole, length);
            try {
                read(part, 4);
                good++;
            } catch (InferenceException e) {
                assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARG);
            } catch (IOException e) {
                throw new AssertionError(e);
            }
            assertThat(open).isZero();
        }
        assertThat(good).as("between two fields").isEqualTo(3);
    }
}
