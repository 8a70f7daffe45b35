package io.nereid.bench.load.tail;

import io.nereid.bench.load.BareLoop;
import io.nereid.bench.load.client.Course;
import io.nereid.bench.load.client.Latencies;
import io.nereid.inference.InferenceException;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * What no server can be faster than: one caller of a session, fed through a queue by clients that each wait for their
 * answer. Its main method is a process of its own, started by {@link BareProcess}.
 */
final class QueuedLoop {
    /** The line that says that the session is open and the load begins. */
    static final String READY = "ready";

    private final BlockingQueue<Semaphore> queue = new LinkedBlockingQueue<>();
    private final Call call;

    /** A request is a call of this. */
    @FunctionalInterface
    interface Call {
        void run() throws InferenceException;
    }

    QueuedLoop(Call call) {
        this.call = call;
    }

    /**
     * Prints {@link #READY}, then a line of latencies for each second, and stays until its input ends, so that its
     * processor time can be read as long as that is wanted.
     *
     * @param arguments the model, how many clients, how many seconds
     */
    public static void main(String[] arguments) throws IOException, InterruptedException, InferenceException {
        try (BareLoop bare = BareLoop.ofFood(Path.of(arguments[0]))) {
            bare.runOnce();
            System.out.println(READY);
            Course course = Course.from(System.nanoTime(), Integer.parseInt(arguments[2]));
            new QueuedLoop(bare::runOnce).run(Integer.parseInt(arguments[1]), course);
            List<String> lines = course.bySecond().stream().map(Latencies::toLine).toList();
            System.out.write((String.join("\n", lines) + "\n").getBytes(StandardCharsets.US_ASCII));
            System.out.flush();
            System.in.transferTo(System.out);
        }
    }

    /** Runs the calls on this thread until the course ends; each client has a thread of its own. */
    void run(int clients, Course course) throws InterruptedException, InferenceException {
        ExecutorService threads = Executors.newFixedThreadPool(clients);
        try {
            for (int i = 0; i < clients; i++) {
                threads.execute(() -> askUntilInterrupted(course));
            }
            answerUntil(course.endNanos());
        } finally {
            threads.shutdownNow();
        }
    }

    private void askUntilInterrupted(Course course) {
        Semaphore answered = new Semaphore(0);
        try {
            while (true) {
                long sent = System.nanoTime();
                queue.put(answered);
                answered.acquire();
                long now = System.nanoTime();
                course.add(now, now - sent);
            }
        } catch (InterruptedException _) {
            // the end
        }
    }

    private void answerUntil(long endNanos) throws InterruptedException, InferenceException {
        for (long left = endNanos - System.nanoTime(); left > 0; left = endNanos - System.nanoTime()) {
            Semaphore next = queue.poll(left, TimeUnit.NANOSECONDS);
            if (next != null) {
                call.run();
                next.release();
            }
        }
    }
}
