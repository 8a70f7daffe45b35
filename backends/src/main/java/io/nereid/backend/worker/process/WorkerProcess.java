package io.nereid.backend.worker.process;

import io.nereid.backend.worker.message.FrameInput;
import io.nereid.backend.worker.message.FrameReader;
import io.nereid.backend.worker.message.FrameWriter;
import io.nereid.backend.worker.message.MalformedFrameException;
import io.nereid.backend.worker.message.MessageType;
import io.nereid.backend.worker.posix.Pipe;
import io.nereid.backend.worker.posix.ProcessGroup;
import io.nereid.backend.worker.posix.ReplyPipe;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * One worker: a process, its two channels and its output. The work channel is for one thread at a time; the rest is
 * thread-safe. Whoever starts one stops or kills it.
 */
public final class WorkerProcess implements AutoCloseable {
    /** How long after a worker's death its last words are waited for: a child of it may keep its output open. */
    private static final long LAST_WORDS_MILLIS = 500;
    private static final long KIB = 1024;

    private final String called;
    private final String name;
    private final Logger log;
    private final Process process;
    private final OutputStream questions;
    private final FrameInput answers;
    private final OutputLines output;
    private final Replies replies;
    private final Pipe calls;
    private final Pipe replyPipe;
    private final ReplyPipe replyEnd;
    /** Why the server has ended it, as it was said first; null if it has not. */
    private final AtomicReference<@Nullable String> killedBecause = new AtomicReference<>();
    private volatile boolean overdue;

    private WorkerProcess(String name, Logger log, WorkerCommand command, String source, Pipe calls, Pipe replyPipe)
            throws IOException {
        this.called = command.called();
        this.name = name;
        this.log = log;
        this.calls = calls;
        this.replyPipe = replyPipe;
        ProcessBuilder builder = new ProcessBuilder(
                command.line(source, calls.writerPath(), replyPipe.readerPath()));
        command.apply(builder.environment());
        process = builder.start();
        questions = process.getOutputStream();
        answers = new FrameInput(process.getInputStream());
        output = new OutputLines(source, log, process.getErrorStream());
        replyEnd = replyPipe.takeWriter(() -> kill("it does not read what it has asked for"));
        replies = new Replies(replyEnd);
    }

    /**
     * Starts a worker, which then waits for its first question.
     *
     * @param name how texts for people call it, {@code <model>_<group>_<index>}
     * @param source what is in front of its lines in the log, and its process name: {@code <model>/<instance>}
     * @param handler gets what it calls
     * @throws InferenceException if the process cannot be started: there is no such interpreter
     */
    public static WorkerProcess start(String name, String source, WorkerCommand command, CallHandler handler,
            Logger log) throws InferenceException {
        try (PipePair pipes = PipePair.open()) {
            WorkerProcess worker = new WorkerProcess(name, log, command, source, pipes.calls(), pipes.replies());
            pipes.keep();
            worker.begin(source, handler);
            return worker;
        } catch (IOException e) {
            throw new InferenceException(ErrorCode.UNAVAILABLE, "no worker can be started by '"
                    + command.program().getFirst() + "': " + e.getMessage() + "; " + command.advice(), e);
        }
    }

    private void begin(String source, CallHandler handler) throws IOException {
        output.start();
        InputStream in = calls.openInput();
        Thread.ofPlatform().daemon().name("calls-" + source).start(() -> readCalls(in, handler));
        onExit(this::exited);
    }

    private void readCalls(InputStream in, CallHandler handler) {
        try (in) {
            FrameInput frames = new FrameInput(in);
            for (FrameReader call = frames.next(); call != null; call = frames.next()) {
                handler.handle(call, replies);
            }
        } catch (IOException | RuntimeException | Error e) {
            if (process.isAlive()) {
                log.error("worker '{}': a call of it failed, it is ended", name, e);
                kill("a call of it was not understood: " + e.getMessage());
            }
        }
    }

    /** What it started dies with it: nobody else would end it, and it would keep the channels open. */
    private void exited() {
        ProcessGroup.kill(process.pid());
        closeQuietly();
    }

    /** The descriptors that the server holds for the worker: it has opened its own. After the first answer. */
    private void closeWorkersEnds() {
        calls.close();
        replyPipe.close();
    }

    /**
     * Asks and waits for the answer, which is of use until the next question.
     *
     * @param question ended
     * @throws WorkerGoneException if the process ends meanwhile, or answers what nobody understands
     */
    public FrameReader ask(FrameWriter question) throws WorkerGoneException {
        try {
            questions.write(question.bytes(), 0, question.size());
            questions.flush();
            FrameReader answer = answers.next();
            if (answer != null) {
                return answer;
            }
        } catch (MalformedFrameException e) {
            kill("it answered what no worker answers: " + e.getMessage());
        } catch (IOException e) {
            log.debug("worker '{}': {}", name, e.toString());
        }
        throw gone();
    }

    /**
     * Asks the first question: once it is answered, the worker has opened its ends of the call channel.
     *
     * @throws WorkerGoneException as {@link #ask}
     */
    public FrameReader askFirst(FrameWriter question) throws WorkerGoneException {
        FrameReader answer = ask(question);
        closeWorkersEnds();
        return answer;
    }

    /** It does not follow the contract: it is ended, and that is what is thrown. */
    public WorkerGoneException broken(MalformedFrameException e) {
        kill("it answered what no worker answers: " + e.getMessage());
        return gone();
    }

    /** Waits for the end of the process, which has closed its channel or was killed, and says how it came. */
    private WorkerGoneException gone() {
        try {
            if (!process.waitFor(LAST_WORDS_MILLIS, TimeUnit.MILLISECONDS)) {
                kill("it closed its channel");
                process.waitFor();
            }
        } catch (InterruptedException _) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        return new WorkerGoneException(death(), overdue);
    }

    /** How the process ended, with the last lines that it printed; after it has. */
    public String death() {
        output.await(LAST_WORDS_MILLIS);
        StringBuilder text = new StringBuilder(called).append(" '").append(name).append("' is not healthy.");
        String because = killedBecause.get();
        if (because != null) {
            text.append(" It was ended because ").append(because).append('.');
        } else if (!process.isAlive()) {
            text.append(" It ended by ").append(ExitWords.of(process.exitValue())).append('.');
        }
        List<String> last = output.last();
        if (!last.isEmpty()) {
            text.append(" Its last output:\n").append(String.join("\n", last));
        }
        return text.toString();
    }

    /** Runs {@code action}, which may block, on a virtual thread when the process has ended. */
    public void onExit(Runnable action) {
        process.onExit().thenRunAsync(action, Thread.ofVirtual().name("exit-" + name)::start);
    }

    /** Whether the process runs. */
    public boolean isAlive() {
        return process.isAlive();
    }

    /** Bytes of memory that the process has of its own, as Linux says it; 0 where it does not, or has ended. */
    public long memoryBytes() {
        try {
            return Files.readString(Path.of("/proc/" + process.pid() + "/status")).lines()
                    .filter(line -> line.startsWith("RssAnon:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * KIB).findFirst().orElse(0);
        } catch (IOException | NumberFormatException _) {
            return 0;
        }
    }

    /** The server's side of the call channel. */
    public Replies replies() {
        return replies;
    }

    /**
     * Ends the process at once, and what it has started. On any thread.
     *
     * @param because continues "it was ended because"
     */
    public void kill(String because) {
        if (process.isAlive()) {
            killedBecause.compareAndSet(null, because);
            ProcessGroup.kill(process.pid());
            process.destroyForcibly();
        }
    }

    /**
     * Lets the model finalize and the process end by itself, for no longer than {@code limit}; then it is killed. On the
     * thread that the work channel belongs to; blocks that long.
     */
    public void stop(Duration limit) {
        try (Limit _ = limit(limit, "it did not finish within " + limit.toSeconds() + " s")) {
            FrameReader answer = ask(new FrameWriter(16).begin(MessageType.FINISH).end());
            if (answer.type() != MessageType.FINISHED) {
                kill("it did not finish");
            }
            questions.close();
            process.waitFor();
        } catch (WorkerGoneException e) {
            log.warn("{}", e.getMessage());
        } catch (IOException e) {
            log.debug("worker '{}': {}", name, e.toString());
        } catch (InterruptedException _) {
            kill("the server stops");
            Thread.currentThread().interrupt();
        }
    }

    /** A limit of time that was set; closing it takes it away. */
    public static final class Limit implements AutoCloseable {
        private final Thread killer;

        private Limit(Thread killer) {
            this.killer = killer;
        }

        @Override
        public void close() {
            killer.interrupt();
        }
    }

    /**
     * Ends the process when so much time has passed, unless the limit is closed before.
     *
     * @param because continues "it was ended because"
     */
    public Limit limit(Duration limit, String because) {
        return new Limit(Thread.ofVirtual().name("limit-" + name).start(() -> {
            try {
                if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                    log.warn("worker '{}' is ended because {}", name, because);
                    overdue = true;
                    kill(because);
                }
            } catch (InterruptedException _) {
                // The limit was taken away.
            }
        }));
    }

    /** Kills the process if it runs, waits for its end and gives back what it took. */
    @Override
    public void close() {
        kill("it is not needed any more");
        boolean interrupted = false;
        while (process.isAlive()) {
            try {
                process.waitFor();
            } catch (InterruptedException _) {
                interrupted = true;
            }
        }
        closeQuietly();
        output.await(LAST_WORDS_MILLIS);
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void closeQuietly() {
        closeWorkersEnds();
        try {
            replyEnd.close();
            questions.close();
        } catch (IOException e) { // of a pipe that nobody reads any more
            log.debug("worker '{}': {}", name, e.toString());
        }
    }
}
