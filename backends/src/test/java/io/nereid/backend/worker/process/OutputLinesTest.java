package io.nereid.backend.worker.process;

import org.junit.jupiter.api.Test;
import org.slf4j.helpers.NOPLogger;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;

/** What is kept of a worker's output for the reason of its end. */
class OutputLinesTest {
    private static final long PATIENCE_MILLIS = 60_000;

    private static List<String> last(String output) {
        OutputLines lines = new OutputLines("m/m_0", NOPLogger.NOP_LOGGER,
                new ByteArrayInputStream(output.getBytes(StandardCharsets.UTF_8)));
        lines.start();
        lines.await(PATIENCE_MILLIS);
        return lines.last();
    }

    private static String numbered(int from, int to) {
        return String.join("\n", IntStream.range(from, to).mapToObj(String::valueOf).toList());
    }

    @Test
    void last_ofFewLines_isAllOfThem() {
        assertThat(last("")).isEmpty();
        assertThat(last("one\r\ntwo\n\nwithout an end")).containsExactly("one", "two", "", "without an end");
    }

    @Test
    void last_ofManyLines_isTheNewestSixteen() {
        assertThat(last(numbered(0, 100))).containsExactlyElementsOf(numbered(84, 100).lines().toList());
    }

    @Test
    void last_ofALongLine_isCutAndIsNotAllThatIsKept() {
        String line = "x".repeat(8192);
        assertThat(last(line + "yy\nend\n")).containsExactly("yy", "end");
        assertThat(last("before\n" + line + "\n")).as("the newest line stays, however long").containsExactly(line);
    }

    @Test
    void last_ofADeathBySignal_isItsReasonAndTheCallsOfItsThread() {
        String others = "Thread 0x1 (most recent call first):\n  File \"other.py\", line 1 in wait\n\n";
        assertThat(last("printed\nFatal Python error: Segmentation fault\n\n" + others
                + "Current thread 0x2 (most recent call first):\n  File \"model.py\", line 5 in execute\n"))
                .containsExactly("Fatal Python error: Segmentation fault",
                        "Current thread 0x2 (most recent call first):", "  File \"model.py\", line 5 in execute");
    }

    @Test
    void last_ofADeathInDeepCalls_keepsTheInnermost() {
        List<String> kept = last("Fatal Python error: Aborted\n\nStack (most recent call first):\n" + numbered(0, 50));
        assertThat(kept).hasSize(16).startsWith("Fatal Python error: Aborted", "Stack (most recent call first):", "0",
                "1").endsWith("13");
    }

    @Test
    void last_ofAJavaWorkersDeathBySignal_beginsWithIt_withoutDecoration() {
        assertThat(last("""
                printed
                #
                # A fatal error has been detected by the Java Runtime Environment:
                #
                #  SIGSEGV (0xb) at pc=0x1, pid=2, tid=3
                #
                # Problematic frame:
                # C  [harm.so+0x1102]  load+0x9
                """))
                .containsExactly("# A fatal error has been detected by the Java Runtime Environment:",
                        "#  SIGSEGV (0xb) at pc=0x1, pid=2, tid=3", "# Problematic frame:",
                        "# C  [harm.so+0x1102]  load+0x9");
    }
}
