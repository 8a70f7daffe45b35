package io.nereid.backend.worker.process;

import io.nereid.backend.worker.message.FrameReader;
import io.nereid.backend.worker.message.FrameWriter;
import io.nereid.backend.worker.message.MalformedFrameException;
import io.nereid.backend.worker.message.MessageType;
import io.nereid.backend.worker.posix.Pipe;
import io.nereid.inference.Await;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.helpers.NOPLogger;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** Processes that do what a worker does, and what none should, by a script in place of Python. */
@Timeout(120)
class WorkerProcessTest {
    private static final Duration LONG = Duration.ofDays(1);
    private static final CallHandler NO_CALLS = (call, _) -> {
        throw new MalformedFrameException("no calls here, got type " + call.type());
    };

    @TempDir
    private Path folder;
    private final List<WorkerProcess> started = new ArrayList<>(1);

    @AfterEach
    void end() {
        for (WorkerProcess process : started) {
            process.close();
            process.close();
            assertThat(process.isAlive()).isFalse();
        }
    }

    private WorkerProcess worker() {
        return started.getFirst();
    }

    private void start(CallHandler handler, Map<String, String> variables, Set<String> dropped, String... lines)
            throws IOException, InferenceException {
        started.add(WorkerProcess.start("m_0_0", "m/m_0_0",
                StandIn.command(StandIn.script(folder, lines), variables, dropped), handler, NOPLogger.NOP_LOGGER));
    }

    private void start(String... lines) throws IOException, InferenceException {
        start(NO_CALLS, Map.of(), Set.of(), lines);
    }

    private static FrameWriter question(int type) {
        return new FrameWriter(16).begin(type).end();
    }

    private FrameReader ask() throws WorkerGoneException {
        return worker().ask(question(MessageType.EXECUTE));
    }

    private void awaitExit() throws InterruptedException {
        CountDownLatch ended = new CountDownLatch(1);
        worker().onExit(ended::countDown);
        ended.await();
    }

    /** Once its output was read, on a thread of its own, to that text. */
    private String deathWith(String text) {
        Await.until(() -> worker().death().contains(text));
        return worker().death();
    }

    @Test
    void ask_severalQuestions_areAnsweredOneByOne() throws Exception {
        start(StandIn.READ, StandIn.print(MessageType.STARTED), StandIn.READ,
                StandIn.print(new FrameWriter(16).begin(MessageType.EXECUTED).u64(42).str("ü").end()), StandIn.READ,
                StandIn.print(MessageType.EXECUTED), StandIn.WAIT);

        assertThat(worker().askFirst(question(MessageType.START)).type()).isEqualTo(MessageType.STARTED);
        FrameReader second = ask();
        assertThat(second.type()).isEqualTo(MessageType.EXECUTED);
        assertThat(second.i64()).isEqualTo(42);
        assertThat(second.str()).isEqualTo("ü");
        ask().end();
        assertThat(worker().isAlive()).isTrue();
        assertThat(worker().death()).isEqualTo("Stub process 'm_0_0' is not healthy.");
    }

    /** The script sends a call, and answers the question by the reply that it gets. */
    @Test
    void handle_call_isRepliedToOnTheCallChannel() throws Exception {
        FrameWriter call = new FrameWriter(16).begin(MessageType.IS_CANCELLED).u64(7).u64(99).end();
        start((in, replies) -> {
            long number = in.i64();
            replies.flag(number, in.type() == MessageType.IS_CANCELLED && in.i64() == 99);
        }, Map.of(), Set.of(), "exec 3>\"$9\" 4<\"${11}\"\n", StandIn.READ,
                StandIn.print(call).replace("\n", " >&3\n"), "head -c 14 <&4\n", StandIn.WAIT);

        FrameReader answer = worker().askFirst(question(MessageType.START));

        assertThat(answer.type()).isEqualTo(MessageType.FLAG);
        assertThat(answer.i64()).isEqualTo(7);
        assertThat(answer.flag()).isTrue();
    }

    @Test
    void start_arguments_areThoseOfTheContract() throws Exception {
        start("echo \"$1 $2 $3 $4 $5 $6 $7 $8 ${10} $#\" >&2\n", StandIn.WAIT);

        assertThat(deathWith("11")).endsWith("-X utf8 /nereid/worker --name m/m_0_0 --memory /dev/null:0 --calls"
                + " --replies 11");
    }

    @Test
    void start_environment_isTheServersWithWhatDiffers() throws Exception {
        start(NO_CALLS, Map.of("OF_MODEL", "a b"), Set.of("HOME"),
                "echo \"$OF_MODEL,${HOME-none},${PATH:+set}\" >&2\n", StandIn.WAIT);

        assertThat(deathWith("set")).endsWith("a b,none,set");
    }

    @Test
    void ask_diesByACode_saysWhichAndWhatItPrinted() throws Exception {
        start("echo first >&2\n", "echo why >&2\n", "exit 3\n");
        awaitExit();

        assertThat(deathWith("why")).isEqualTo("Stub process 'm_0_0' is not healthy. It ended by exit code 3."
                + " Its last output:\nfirst\nwhy");
        assertThatExceptionOfType(WorkerGoneException.class).isThrownBy(this::ask)
                .withMessageContaining("It ended by exit code 3.").satisfies(e -> assertThat(e.isOverdue()).isFalse());
    }

    @Test
    void ask_diesByASignal_saysWhich() throws Exception {
        start("kill -SEGV $$\n");
        awaitExit();

        assertThatExceptionOfType(WorkerGoneException.class).isThrownBy(this::ask)
                .withMessage("Stub process 'm_0_0' is not healthy. It ended by signal 11 (SIGSEGV).");
    }

    @Test
    void ask_diesBetweenTwoQuestions_isGoneAtTheSecondAndTheThird() throws Exception {
        start(StandIn.READ, StandIn.print(MessageType.STARTED), "exit 0\n");
        assertThat(worker().askFirst(question(MessageType.START)).type()).isEqualTo(MessageType.STARTED);
        awaitExit();

        for (int i = 0; i < 2; i++) {
            assertThatExceptionOfType(WorkerGoneException.class).isThrownBy(this::ask)
                    .withMessageContaining("exit code 0");
        }
    }

    @Test
    void ask_answerOfNoWorker_endsIt() throws Exception {
        start("printf '\\000\\000\\000\\000'\n", StandIn.WAIT);

        assertThatExceptionOfType(WorkerGoneException.class).isThrownBy(this::ask)
                .withMessageContaining("It was ended because it answered what no worker answers: a frame of 0 bytes");
    }

    @Test
    void ask_answerThatIsCutOff_endsIt() throws Exception {
        start(StandIn.READ, "printf '\\011\\000\\000\\000\\027'\n", "exec 1>&-\n", StandIn.WAIT);

        assertThatExceptionOfType(WorkerGoneException.class).isThrownBy(this::ask)
                .withMessageContaining("the stream ends within a frame of 9 bytes");
    }

    @Test
    void ask_channelIsClosedByAProcessThatLives_endsIt() throws Exception {
        start("exec 1>&-\n", StandIn.WAIT);

        assertThatExceptionOfType(WorkerGoneException.class).isThrownBy(this::ask)
                .withMessageContaining("It was ended because it closed its channel.");
    }

    @Test
    void broken_answerThatTheCallerCannotRead_endsItForThat() throws Exception {
        start(StandIn.READ, StandIn.print(MessageType.STARTED), StandIn.WAIT);
        FrameReader answer = worker().askFirst(question(MessageType.START));

        assertThatExceptionOfType(MalformedFrameException.class).isThrownBy(answer::i64).satisfies(e -> assertThat(
                worker().broken(e)).hasMessageContaining("answered what no worker answers: a field of 8 bytes"));
        assertThat(worker().isAlive()).isFalse();
    }

    @Test
    void handle_callThatIsMalformed_endsTheWorker() throws Exception {
        start("exec 3>\"$9\"\n", StandIn.print(MessageType.SEND).replace("\n", " >&3\n"), StandIn.WAIT);
        awaitExit();

        assertThat(worker().death()).contains("a call of it was not understood: no calls here, got type 33");
    }

    @Test
    void handle_defectOfTheServer_endsTheWorkerAndNotTheServer() throws Exception {
        start((_, _) -> {
            throw new IllegalStateException("defect");
        }, Map.of(), Set.of(), "exec 3>\"$9\"\n", StandIn.print(MessageType.SEND).replace("\n", " >&3\n"),
                StandIn.WAIT);
        awaitExit();

        assertThat(worker().death()).contains("a call of it was not understood: defect");
    }

    @Test
    void limit_passes_endsTheWorkerAsOverdue() throws Exception {
        start(StandIn.WAIT);

        try (WorkerProcess.Limit _ = worker().limit(Duration.ZERO, "it took too long")) {
            assertThatExceptionOfType(WorkerGoneException.class).isThrownBy(this::ask)
                    .withMessage("Stub process 'm_0_0' is not healthy. It was ended because it took too long.")
                    .satisfies(e -> assertThat(e.isOverdue()).isTrue());
        }
    }

    @Test
    void limit_isTakenAway_nothingHappens() throws Exception {
        start(StandIn.READ, StandIn.print(MessageType.STARTED), StandIn.READ, StandIn.print(MessageType.EXECUTED),
                StandIn.WAIT);
        worker().limit(LONG, "never").close();
        try (WorkerProcess.Limit _ = worker().limit(LONG, "never")) {
            worker().askFirst(question(MessageType.START)).end();
        }
        assertThat(ask().type()).isEqualTo(MessageType.EXECUTED);
        assertThat(worker().death()).doesNotContain("never");
    }

    @Test
    void stop_workerFinishes_endsByItself() throws Exception {
        start(StandIn.READ, StandIn.print(MessageType.FINISHED), StandIn.WAIT, "exit 5\n");

        worker().stop(LONG);

        assertThat(worker().isAlive()).isFalse();
        assertThat(worker().death()).contains("It ended by exit code 5.");
    }

    @Test
    void stop_workerDoesNotAnswer_isEndedWhenTheTimeHasPassed() throws Exception {
        start(StandIn.WAIT);

        worker().stop(Duration.ZERO);

        assertThat(worker().isAlive()).isFalse();
        assertThat(worker().death()).contains("It was ended because it did not finish within 0 s.");
    }

    @Test
    void stop_workerAnswersSomethingElse_isEnded() throws Exception {
        start(StandIn.READ, StandIn.print(MessageType.EXECUTED), StandIn.WAIT);

        worker().stop(LONG);

        assertThat(worker().death()).contains("It was ended because it did not finish.");
    }

    @Test
    void stop_workerHasDied_returns() throws Exception {
        start("exit 4\n");
        awaitExit();

        worker().stop(LONG);

        assertThat(worker().death()).contains("exit code 4");
    }

    @Test
    void kill_again_saysTheFirstReason() throws Exception {
        start(StandIn.WAIT);

        worker().kill("the first");
        worker().kill("the second");
        awaitExit();

        assertThat(worker().death()).contains("It was ended because the first.");
    }

    @Test
    void replies_afterTheEnd_areDropped() throws Exception {
        start("exit 0\n");
        awaitExit();
        for (int i = 0; i < 100; i++) {
            worker().replies().value(i, 1);
        }
        worker().close();
        worker().replies().done(1);
        assertThat(worker().isAlive()).isFalse();
    }

    /** The child holds a pipe open that ends with it. */
    @Test
    @SuppressWarnings("try") // an end is closed before the other
    void exit_whatItHasStarted_diesWithIt() throws Exception {
        try (Pipe pipe = Pipe.open(); InputStream in = pipe.openInput()) {
            start(NO_CALLS, Map.of("HELD", pipe.writerPath()), Set.of(), "[ -z \"$AGAIN\" ] && AGAIN=1 exec setsid"
                    + " \"$0\" \"$@\"\n", "exec 5>\"$HELD\"\n", "cat \"$9\" >&2 &\n", StandIn.READ,
                    StandIn.print(MessageType.STARTED), "exit 0\n");
            worker().askFirst(question(MessageType.START)).end();
            pipe.close();

            assertThat(in.read()).isEqualTo(-1);
        }
    }

    @Test
    void start_noSuchInterpreter_saysWhatToDoAndKeepsNoPipe() throws Exception {
        WorkerCommand command = StandIn.command(folder.resolve("none"), Map.of(), Set.of());
        long before = pipes();
        for (int i = 0; i < 20; i++) {
            assertThatExceptionOfType(InferenceException.class)
                    .isThrownBy(() -> WorkerProcess.start("m_0_0", "m/m_0_0", command, NO_CALLS, NOPLogger.NOP_LOGGER))
                    .withMessageContaining("no worker can be started by '" + folder + "/none'")
                    .satisfies(error -> assertThat(error.code()).isEqualTo(ErrorCode.UNAVAILABLE));
        }
        assertThat(pipes()).isLessThan(before + 20);
    }

    private static long pipes() throws IOException {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors.filter(descriptor -> {
                try {
                    return Files.readSymbolicLink(descriptor).toString().startsWith("pipe:");
                } catch (IOException _) {
                    return false; // closed meanwhile
                }
            }).count();
        }
    }
}
