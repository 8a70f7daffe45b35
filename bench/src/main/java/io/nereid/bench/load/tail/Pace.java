package io.nereid.bench.load.tail;

import io.nereid.bench.load.client.Course;
import io.nereid.bench.load.server.ProcessorTime;

import java.io.IOException;
import java.util.concurrent.TimeUnit;

/**
 * How long a turn takes.
 *
 * @param seconds of load
 * @param settleSeconds of them that do not count
 */
record Pace(int seconds, int settleSeconds) {
    /** A course that begins now. */
    Course begin() {
        return Course.from(System.nanoTime(), seconds);
    }

    /** What the process uses in the seconds that count, in nanoseconds; blocks until the course ends. */
    long cpuNanos(long pid, Course course) throws IOException, InterruptedException {
        sleepUntil(course.nanosAt(settleSeconds));
        long before = ProcessorTime.nanosOf(pid);
        sleepUntil(course.endNanos());
        return ProcessorTime.nanosOf(pid) - before;
    }

    private static void sleepUntil(long nanos) throws InterruptedException {
        TimeUnit.NANOSECONDS.sleep(nanos - System.nanoTime());
    }
}
