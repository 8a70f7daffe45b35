package io.nereid.backend.onnxruntime;

import io.nereid.backend.Pause;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

final class ArenaTrimmerTest {
    private final ArenaTrimmer trimmer = new ArenaTrimmer(new Pause(_ -> {
    }));
    private final Memory memory = new Memory();

    /** An instance whose runs are said to take what the test says. */
    private static final class Memory implements ArenaTrimmer.Instance {
        private long marks;
        private long kept;
        private int asked;
        private int shrunk;
        private boolean fails;

        void run(long bytes) {
            marks += 2;
            kept = Math.max(kept, bytes);
        }

        @Override
        public long runMarks() {
            return marks;
        }

        @Override
        public long keptBytes() throws InferenceException {
            asked++;
            if (fails) {
                throw new InferenceException(ErrorCode.INTERNAL, "no");
            }
            return kept;
        }

        @Override
        public void shrink() {
            shrunk++;
            kept = 0;
        }
    }

    private void look(int times) {
        for (int i = 0; i < times; i++) {
            trimmer.look();
        }
    }

    @Test
    void look_idleAfterALargeRun_shrinksOnceAndNotBefore() {
        trimmer.add(memory);
        memory.run(ArenaTrimmer.MUCH_BYTES);
        look(ArenaTrimmer.IDLE_LOOKS);
        assertThat(memory.shrunk).as("the run was just before the first look").isZero();
        look(1);
        assertThat(memory.shrunk).isEqualTo(1);
        look(100);
        assertThat(memory.shrunk).isEqualTo(1);
    }

    @Test
    void look_idleAfterSmallRuns_neverShrinksAndDoesNotAskAgain() {
        trimmer.add(memory);
        memory.run(ArenaTrimmer.MUCH_BYTES - 1);
        look(100);
        assertThat(memory.shrunk).isZero();
        assertThat(memory.asked).isEqualTo(1);
    }

    @Test
    void look_busyWithSmallRunsAfterAPeak_shrinksInTime() {
        trimmer.add(memory);
        memory.run(10 * ArenaTrimmer.MUCH_BYTES);
        for (int i = 0; i < ArenaTrimmer.BUSY_LOOKS; i++) {
            assertThat(memory.shrunk).as("after %d looks", i).isZero();
            memory.run(100);
            look(1);
        }
        assertThat(memory.shrunk).isEqualTo(1);
    }

    @Test
    void look_busyWithLargeRuns_shrinksNoMoreOftenThanThat() {
        trimmer.add(memory);
        for (int i = 0; i < 10 * ArenaTrimmer.BUSY_LOOKS; i++) {
            memory.run(10 * ArenaTrimmer.MUCH_BYTES);
            look(1);
        }
        assertThat(memory.shrunk).isEqualTo(10);
    }

    @Test
    void look_oneLongRun_isNotIdle() {
        trimmer.add(memory);
        memory.marks = 1;
        memory.kept = ArenaTrimmer.MUCH_BYTES;
        look(ArenaTrimmer.BUSY_LOOKS - 1);
        assertThat(memory.shrunk).isZero();
        memory.marks = 2;
        look(ArenaTrimmer.IDLE_LOOKS + 1);
        assertThat(memory.shrunk).isEqualTo(1);
    }

    @Test
    void look_runAfterItWasShrunk_isSeenAgain() {
        trimmer.add(memory);
        for (int peak = 1; peak <= 3; peak++) {
            memory.run(ArenaTrimmer.MUCH_BYTES);
            look(ArenaTrimmer.IDLE_LOOKS + 1);
            assertThat(memory.shrunk).isEqualTo(peak);
        }
    }

    @Test
    void look_instanceThatFailsOrIsRemoved_leavesTheOthersAlone() {
        Memory failing = new Memory();
        failing.fails = true;
        Memory removed = new Memory();
        trimmer.add(failing);
        trimmer.add(removed);
        trimmer.add(memory);
        trimmer.remove(removed);
        for (Memory each : new Memory[]{failing, removed, memory}) {
            each.run(ArenaTrimmer.MUCH_BYTES);
        }
        look(ArenaTrimmer.IDLE_LOOKS + 1);
        assertThat(memory.shrunk).isEqualTo(1);
        assertThat(failing.asked).as("it is not asked a second time").isEqualTo(1);
        assertThat(removed.asked).isZero();
    }
}
