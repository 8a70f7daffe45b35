package io.nereid.backend.python;

import io.nereid.backend.worker.memory.Extents;
import io.nereid.backend.worker.message.FrameWriter;
import io.nereid.backend.worker.message.Frames;
import io.nereid.backend.worker.message.MalformedFrameException;
import io.nereid.backend.worker.message.MessageType;
import io.nereid.backend.worker.process.ReplyChannel;
import io.nereid.backend.workermemory.FileWorkerMemory;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.TensorBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** Models that a model loads, unloads and asks about. */
class ControlCallsTest {
    private static final long CALL = 5;

    private final FileWorkerMemory shared = new FileWorkerMemory(1 << 20, 1 << 20, Path.of("/tmp"), "");
    private final Extents extents = new Extents();
    private final RecordedServices services = new RecordedServices();
    private final ControlCalls calls = new ControlCalls(services, shared, extents);
    private ReplyChannel channel;

    @BeforeEach
    void open() throws IOException {
        channel = new ReplyChannel();
    }

    @AfterEach
    void close() throws IOException {
        channel.close();
        extents.close();
        assertThat(shared.memory().bytesInUse()).isZero();
        shared.close();
    }

    private void load(FrameWriter fields) throws MalformedFrameException {
        calls.load("", CALL, Frames.read(fields), channel.replies());
    }

    private void unload(String model, boolean dependents) throws MalformedFrameException {
        calls.unload(CALL, Frames.read(Frames.of(MessageType.UNLOAD_MODEL).str(model).flag(dependents)),
                channel.replies());
    }

    private void isReady(String model, String version) throws MalformedFrameException {
        calls.isReady(CALL, Frames.read(Frames.of(MessageType.MODEL_READY).str(model).str(version)),
                channel.replies());
    }

    private InferenceException error() throws IOException {
        return channel.next(MessageType.ERROR, CALL).error();
    }

    private static FrameWriter loading(String model, int files) {
        return Frames.of(MessageType.LOAD_MODEL).str(model).str("{}").u32(files);
    }

    private static MemorySegment bytes(String text) {
        return MemorySegment.ofArray(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** A file that the worker has written into shared memory. */
    private long granted(String text) throws InferenceException {
        TensorBuffer buffer = shared.allocator().allocate(text.length());
        buffer.segment().copyFrom(bytes(text));
        long offset = shared.offsetOf(buffer.data());
        extents.grant(offset, text.length(), buffer);
        return offset;
    }

    @Test
    void load_filesOfBothPlaces_areGivenAndTheReplyFollows() throws Exception {
        String large = "x".repeat(20_000);
        long offset = granted(large);

        load(loading("m", 3).str("file:1/model.py").inline(bytes("code")).str("file:1/weights")
                .shared(offset, large.length()).str("file:1/empty").inline(bytes("")));

        channel.next(MessageType.DONE, CALL).end();
        assertThat(services.done.take()).isEqualTo(
                "load m '{}' {file:1/empty=, file:1/model.py=code, file:1/weights=" + large + "}");
    }

    @Test
    void load_workerGivesTheMemoryBackAtOnce_filesAreStillWhole() throws Exception {
        long offset = granted("whole");
        load(loading("m", 1).str("f").shared(offset, 5));
        extents.free(offset);

        channel.next(MessageType.DONE, CALL).end();
        assertThat(services.done.take()).endsWith("{f=whole}");
    }

    @Test
    void load_fails_isItsErrorAndTheMemoryIsGivenBack() throws Exception {
        load(loading("none", 1).str("f").shared(granted("a"), 1));
        InferenceException error = error();
        assertThat(error.code()).isEqualTo(ErrorCode.NOT_FOUND);
        assertThat(error.text()).isEqualTo("no such model");

        load(loading("defect", 1).str("f").shared(granted("b"), 1));
        assertThat(error().code()).isEqualTo(ErrorCode.INTERNAL);
    }

    @Test
    void load_fileInMemoryThatTheWorkerHasNot_isMalformedAndKeepsNothing() throws Exception {
        long offset = granted("there");
        FrameWriter beyond = loading("m", 2).str("a").shared(offset, 5).str("b").shared(offset + 1, 5);
        assertThatExceptionOfType(MalformedFrameException.class).isThrownBy(() -> load(beyond));
        assertThatExceptionOfType(MalformedFrameException.class)
                .isThrownBy(() -> load(loading("m", 2).str("a").shared(offset, 5).str("b")));
        assertThatExceptionOfType(MalformedFrameException.class).isThrownBy(() -> load(loading("m", -1)));
        assertThat(services.done).isEmpty();
        extents.free(offset);
        assertThat(shared.memory().bytesInUse()).isZero();
    }

    @Test
    void unload_isDoneOrItsError() throws Exception {
        unload("m", true);
        channel.next(MessageType.DONE, CALL).end();
        unload("other", false);
        channel.next(MessageType.DONE, CALL).end();
        assertThat(services.done).containsExactly("unload m true", "unload other false");
        unload("none", true);
        assertThat(error().code()).isEqualTo(ErrorCode.NOT_FOUND);
    }

    @Test
    void isReady_isWhatTheServerSays() throws Exception {
        isReady("ready", "3");
        assertThat(channel.next(MessageType.FLAG, CALL).flag()).isTrue();
        isReady("ready", "");
        assertThat(channel.next(MessageType.FLAG, CALL).flag()).isFalse();
        isReady("defect", "");
        assertThat(error().code()).isEqualTo(ErrorCode.INTERNAL);
    }
}
