package io.nereid.bench.load.tail;

import io.nereid.bench.load.Course;
import io.nereid.bench.load.LoadException;
import io.nereid.bench.load.LoadReport;
import io.nereid.perf.client.RunningLoad;
import io.nereid.perf.client.Sample;
import io.nereid.perf.measure.ProcessorTime;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
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

    /**
     * What the load saw in each second, and what the process used in those that count; blocks until the course ends.
     */
    Turn follow(long pid, Course course, RunningLoad load) throws IOException, InterruptedException, LoadException {
        List<Sample> seconds = new ArrayList<>();
        long before = 0;
        for (int second = 0; second < course.seconds(); second++) {
            if (second == settleSeconds) {
                before = ProcessorTime.nanosOf(pid);
            }
            sleepUntil(course.nanosAt(second + 1));
            seconds.add(load.take());
        }
        long cpuNanos = ProcessorTime.nanosOf(pid) - before;
        Sample all = Sample.merged(seconds);
        new LoadReport(all, course.seconds()).requireNoFailures("to the server");
        return new Turn(seconds.stream().map(Sample::latencies).toList(), settleSeconds, cpuNanos);
    }

    private static void sleepUntil(long nanos) throws InterruptedException {
        TimeUnit.NANOSECONDS.sleep(nanos - System.nanoTime());
    }
}
