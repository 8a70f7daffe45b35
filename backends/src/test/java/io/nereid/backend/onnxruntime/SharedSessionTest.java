package io.nereid.backend.onnxruntime;

import io.nereid.backend.onnxruntime.binding.OnnxRuntime;
import io.nereid.backend.onnxruntime.binding.OrtCall;
import io.nereid.backend.onnxruntime.binding.OrtSession;
import io.nereid.backend.onnxruntime.binding.OrtSessionOptions;
import io.nereid.inference.DataType;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Shape;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** With one model: {@code y [n] = -x [n]}, both FP32. */
class SharedSessionTest {
    private static final int RUNS = 300;
    private static final int NO_GPU = -1;

    @TempDir
    private Path folder;
    private Path file;
    private OnnxRuntime runtime;
    private int opened;
    private final SharedSession shared = new SharedSession();

    @BeforeEach
    void open() throws Exception {
        OnnxModel model = new OnnxModel().input("x", DataType.FP32, "n").output("y", DataType.FP32, "n")
                .node("Neg", "x", "y");
        file = model.writeTo(folder, "m").versionDirectory().resolve("model.onnx");
        runtime = OnnxRuntime.open();
    }

    @AfterEach
    void close() {
        runtime.close();
    }

    private OrtSession session() throws InferenceException {
        opened++;
        try (OrtSessionOptions options = runtime.sessionOptions()) {
            options.intraOpThreads(1);
            return runtime.session(file, options);
        }
    }

    private static OrtCall call(OrtSession session) throws InferenceException {
        return session.call(session.inputs(), session.outputs(), Map.of());
    }

    @Test
    void use_untilTheLastUserReleasesIt_isOneSession() throws Exception {
        OrtSession session = shared.use(this::session);
        assertThat(shared.use(this::session)).isSameAs(session);
        assertThat(opened).isEqualTo(1);
        shared.release();
        session.arenas(NO_GPU).close();
        shared.release();
        assertThatIllegalStateException().isThrownBy(() -> session.arenas(NO_GPU));
        assertThat(shared.use(this::session)).isNotSameAs(session);
        shared.release();
    }

    @Test
    void use_cannotBeOpened_countsNoUser() throws Exception {
        assertThatThrownBy(() -> shared.use(() -> {
            throw new InferenceException(ErrorCode.UNAVAILABLE, "no such file");
        })).hasMessageContaining("no such file");
        OrtSession session = shared.use(this::session);
        shared.release();
        assertThatIllegalStateException().isThrownBy(() -> session.arenas(NO_GPU));
    }

    /** Each user with a call and values of its own. */
    @Test
    void run_usersAtTheSameTime_getTheirOwnAnswers() throws Exception {
        List<Future<Void>> users = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(3)) {
            for (int user = 1; user <= 3; user++) {
                int elements = user * 100;
                users.add(threads.submit(() -> runOften(elements)));
            }
        }
        for (Future<Void> user : users) {
            user.get();
        }
        assertThat(opened).isEqualTo(1);
        for (int user = 1; user <= 3; user++) {
            shared.release();
        }
    }

    private Void runOften(int elements) throws InferenceException {
        OrtSession session = shared.use(this::session);
        try (OrtCall call = call(session); Arena arena = Arena.ofConfined()) {
            MemorySegment x = arena.allocate(ValueLayout.JAVA_FLOAT, elements);
            MemorySegment y = arena.allocate(ValueLayout.JAVA_FLOAT, elements);
            for (int run = 0; run < RUNS; run++) {
                int first = run * elements;
                for (int i = 0; i < elements; i++) {
                    x.setAtIndex(ValueLayout.JAVA_FLOAT, i, first + i);
                }
                call.input(0, Shape.of(elements), x);
                call.outputInto(0, Shape.of(elements), y);
                call.run();
                call.clear();
                for (int i = 0; i < elements; i++) {
                    assertThat(y.getAtIndex(ValueLayout.JAVA_FLOAT, i)).isEqualTo(-(float) (first + i));
                }
            }
        }
        return null;
    }
}
