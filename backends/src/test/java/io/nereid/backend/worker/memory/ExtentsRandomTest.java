package io.nereid.backend.worker.memory;

import io.nereid.backend.worker.message.Location;
import io.nereid.backend.worker.message.MalformedFrameException;
import io.nereid.inference.CountingLease;
import io.nereid.inference.Lease;
import io.nereid.inference.Race;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/** Extents by any order of what a worker and the server do, beside a list that says what must be. */
class ExtentsRandomTest {
    private static final int SPACE = 64;
    private static final int OPERATIONS = 3000;

    private final Extents extents = new Extents();
    private final List<Part> parts = new ArrayList<>();
    private final List<Kept> kept = new ArrayList<>();

    /** An extent that the worker has, or had. */
    private static final class Part {
        private final long offset;
        private final long length;
        private final CountingLease memory = new CountingLease();
        private @Nullable Extent lent;
        private boolean granted;
        private boolean there = true;
        private int keepers;

        private Part(long offset, long length) {
            this.offset = offset;
            this.length = length;
        }

        private boolean has(long from, long bytes) {
            return there && from >= offset && from + bytes <= offset + length;
        }
    }

    private record Kept(Lease lease, List<Part> candidates) {}

    private void add(Random random) {
        long offset = random.nextInt(SPACE);
        Part part = new Part(offset, random.nextInt(SPACE));
        part.granted = random.nextBoolean();
        if (part.granted) {
            extents.grant(part.offset, part.length, part.memory);
        } else {
            part.lent = extents.lend(part.offset, part.length, part.memory);
        }
        parts.add(part);
    }

    private void keep(Random random) {
        long offset = random.nextInt(2 * SPACE);
        long length = random.nextInt(SPACE);
        List<Part> candidates = parts.stream().filter(part -> part.has(offset, length)).toList();
        try {
            Lease lease = extents.keep(new Location.Shared(offset, length));
            assertThat(candidates).as("%d bytes at %d", length, offset).isNotEmpty();
            candidates.forEach(part -> part.keepers++);
            kept.add(new Kept(lease, candidates));
        } catch (MalformedFrameException _) {
            assertThat(candidates).as("%d bytes at %d", length, offset).isEmpty();
        }
    }

    private void release(Random random) {
        if (!kept.isEmpty()) {
            Kept ended = kept.remove(random.nextInt(kept.size()));
            ended.lease.release();
            ended.candidates.forEach(part -> part.keepers--);
        }
    }

    private void takeBack(Random random) throws MalformedFrameException {
        if (parts.isEmpty()) {
            return;
        }
        Part part = parts.get(random.nextInt(parts.size()));
        Extent lent = part.lent;
        if (lent != null) {
            extents.remove(lent);
            part.there = false;
            return;
        }
        List<Part> there = parts.stream().filter(other -> other.granted && other.there && other.offset == part.offset)
                .toList();
        try {
            extents.free(part.offset);
            assertThat(there).isNotEmpty();
            there.getFirst().there = false;
        } catch (MalformedFrameException e) {
            if (!there.isEmpty()) {
                throw e;
            }
        }
    }

    /** Nobody keeps it for sure, or somebody may. */
    private void check() {
        for (Part part : parts) {
            int releases = part.memory.releases();
            assertThat(releases).isLessThanOrEqualTo(1);
            if (part.there) {
                assertThat(releases).as("memory of an extent that the worker has").isZero();
            } else if (part.keepers == 0) {
                assertThat(releases).as("memory that nobody keeps").isEqualTo(1);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 20261130})
    void everyOrder_memoryIsReleasedOnceAndNotBefore(long seed) throws Exception {
        Random random = new Random(seed);
        for (int i = 0; i < OPERATIONS; i++) {
            switch (random.nextInt(5)) {
                case 0 -> add(random);
                case 1, 2 -> keep(random);
                case 3 -> release(random);
                default -> takeBack(random);
            }
            if (i % 50 == 0) {
                check();
            }
        }
        extents.close();
        parts.forEach(part -> part.there = false);
        check();
        while (!kept.isEmpty()) {
            release(random);
        }
        assertThat(parts).allSatisfy(part -> assertThat(part.memory.releases()).isEqualTo(1));
    }

    @Test
    void keepAndTakeBack_atOnce_isEitherAndNeverBoth() throws Exception {
        for (int round = 0; round < 300; round++) {
            CountingLease memory = new CountingLease();
            Extents of = new Extents();
            Extent extent = of.lend(0, 8, memory);
            Race.run(3, thread -> {
                switch (thread) {
                    case 0 -> of.remove(extent);
                    case 1 -> of.close();
                    default -> {
                        try {
                            Lease lease = of.keep(new Location.Shared(2, 4));
                            assertThat(memory.releases()).isZero();
                            lease.release();
                        } catch (MalformedFrameException _) {
                            // It was taken back before.
                        }
                    }
                }
            });
            assertThat(memory.releases()).isEqualTo(1);
        }
    }

    @Test
    void owner_afterItsEnd_isNotKept() {
        CountingLease memory = new CountingLease();
        ExtentOwner owner = new ExtentOwner(memory);
        Lease more = owner.retain(2);
        owner.release();
        more.release();
        assertThat(memory.releases()).isZero();
        more.release();
        assertThat(memory.releases()).isEqualTo(1);
        assertThatIllegalStateException().isThrownBy(() -> owner.retain(1)).withMessageContaining("given back");
    }
}
