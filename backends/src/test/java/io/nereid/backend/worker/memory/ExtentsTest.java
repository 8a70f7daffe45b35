package io.nereid.backend.worker.memory;

import io.nereid.backend.worker.message.Location;
import io.nereid.backend.worker.message.MalformedFrameException;
import io.nereid.inference.Lease;
import org.junit.jupiter.api.Test;

import java.util.concurrent.atomic.AtomicInteger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class ExtentsTest {
    private final Extents extents = new Extents();
    private final AtomicInteger released = new AtomicInteger();
    private final Lease memory = released::incrementAndGet;

    private static Location.Shared range(long offset, long length) {
        return new Location.Shared(offset, length);
    }

    @Test
    void keep_partOfAnExtent_outlivesIt() throws Exception {
        Extent extent = extents.lend(128, 64, memory);

        Lease kept = extents.keep(range(160, 32));
        extents.remove(extent);

        assertThat(released).hasValue(0);
        kept.release();
        assertThat(released).hasValue(1);
    }

    @Test
    void keep_notWithinAnExtent_isMalformed() {
        Extent _ = extents.lend(128, 64, memory);

        for (Location.Shared range : new Location.Shared[]{range(127, 1), range(128, 65), range(192, 1), range(-1, 1),
                range(128, -1), range(160, Long.MAX_VALUE), range(Long.MAX_VALUE, 8)}) {
            assertThatThrownBy(() -> extents.keep(range)).isInstanceOf(MalformedFrameException.class);
        }
    }

    @Test
    void keep_withinTheOuterOfTwo_isFound() throws Exception {
        Extent _ = extents.lend(0, 1000, memory);
        Extent inner = extents.lend(100, 10, memory);
        Extent _ = extents.lend(100, 20, memory);

        Lease outer = extents.keep(range(105, 500));
        extents.remove(inner);
        Lease second = extents.keep(range(100, 20));

        assertThat(released).hasValue(1);
        outer.release();
        second.release();
        extents.close();
        assertThat(released).hasValue(3);
    }

    @Test
    void free_whatWasGranted_isGivenBackOnceForEach() throws Exception {
        Extent _ = extents.lend(64, 8, memory);
        extents.grant(64, 8, memory);
        extents.grant(64, 8, memory);

        extents.free(64);
        extents.free(64);

        assertThat(released).hasValue(2);
        assertThatThrownBy(() -> extents.free(64)).isInstanceOf(MalformedFrameException.class);
    }

    @Test
    void remove_again_doesNothing() {
        Extent extent = extents.lend(0, 8, memory);

        extents.remove(extent);
        extents.remove(extent);

        assertThat(released).hasValue(1);
    }

    @Test
    void close_givesAllBackAndWhateverComesLater() {
        Extent lent = extents.lend(0, 8, memory);
        extents.grant(64, 8, memory);

        extents.close();
        extents.grant(128, 8, memory);
        extents.remove(lent);

        assertThat(released).hasValue(3);
    }
}
